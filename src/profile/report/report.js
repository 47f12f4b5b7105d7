'use strict';
// Draws the report from `data`, the JSON export of `lathe trace`. Nothing is loaded from elsewhere.
const $ = id => document.getElementById(id);
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
};
const svg = (tag, attributes, text) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

// ---- Numbers: three digits and a unit
const digits = x => Math.abs(x) >= 99.95 ? x.toFixed(0) : Math.abs(x) >= 9.995 ? x.toFixed(1) : x.toFixed(2);
const scaled = (x, names) => {
  let k = 0;
  while (Math.abs(x) >= 999.5 && k + 1 < names.length) { x /= 1000; ++k; }
  return (k === 0 && Number.isInteger(x) ? String(x) : digits(x)) + ' ' + names[k];
};
const duration = x => x === 0 ? '0' : scaled(x, ['ns', 'µs', 'ms', 's']);
const bytes = x => scaled(x, ['B', 'kB', 'MB', 'GB', 'TB']);
const count = x => x < 1e6 ? String(x).replace(/\B(?=(\d{3})+$)/g, '\u202f') : scaled(x, ['', 'k', 'M', 'G', 'T']);
const rate = (x, unit) => x === null || x === undefined ? '–' : scaled(x, ['', 'k', 'M', 'G', 'T']) + unit;
const percent = x => x === null || x === undefined ? '–' : (100 * x).toFixed(1) + ' %';
const base = file => file.split('/').pop();
const place = row => row.line > 0 ? base(row.file || 'line') + ':' + row.line : base(row.file || '–');
const colour = k => `var(--c${k % 9})`;

// ---- Head and theme
$('script').textContent = base(data.script || data.log);
$('script').title = data.script || data.log;
document.title = (base(data.script || data.log)) + ' – Lathe';
$('facts').textContent = [duration(data.wall_nanoseconds),
  data.cpu_nanoseconds > 0 ? duration(data.cpu_nanoseconds) + ' of processor time' : '', data.engine, data.cpu,
  data.cores > 0 ? data.cores + (data.cores === 1 ? ' core' : ' cores') : '', data.isa, data.fp && 'fp ' + data.fp,
  data.started, data.cut ? 'the log is cut' : ''].filter(Boolean).join(' · ');
const setTheme = dark => document.documentElement.classList.toggle('dark', dark);
setTheme(matchMedia('(prefers-color-scheme: dark)').matches);
$('theme').onclick = () => setTheme(!document.documentElement.classList.contains('dark'));

// ---- Phases
const phaseOrder = data.phases.map(p => p.phase);
const phaseColour = phase => phase === 'other' ? 'var(--c8)' : colour(Math.max(0, phaseOrder.indexOf(phase)));
{
  const bar = make('div', {class: 'bar'}), legend = make('div', {class: 'legend'});
  for (const phase of data.phases.filter(p => p.percent > 0)) {
    bar.append(make('div', {style: `flex:${phase.percent} 0 0;background:${phaseColour(phase.phase)}`,
                            title: `${phase.title} ${phase.percent.toFixed(1)} %`}));
    legend.append(make('span', {}, make('i', {style: `background:${phaseColour(phase.phase)}`}),
      `${phase.title} `, make('b', {}, `${phase.percent.toFixed(1)} %`),
      make('span', {class: 'quiet'}, ` ${duration(phase.nanoseconds)}`)));
  }
  $('phases').append(bar, legend);
  if (data.passes.length > 0) {
    $('phases').append(make('p', {class: 'quiet small'}, 'Passes: ' +
      data.passes.slice(0, 8).map(p => `${p.pass} ${duration(p.nanoseconds)}`).join(', ')));
  }
}

// ---- Findings
{
  const list = make('ol', {class: 'findings'});
  for (const finding of data.findings.slice(0, 20)) {
    const share = Math.min(1, finding.lost_nanoseconds / Math.max(1, data.wall_nanoseconds));
    list.append(make('li', {},
      make('div', {class: 'cost'}, make('b', {}, duration(finding.lost_nanoseconds)),
           make('span', {class: 'quiet small'}, 'up to ' + percent(share))),
      make('div', {}, make('a', {onclick: () => showLine(finding.file, finding.line)}, place(finding)), '  ', finding.what,
           make('p', {class: 'quiet'}, finding.why), make('p', {class: 'remedy'}, '→ ' + finding.remedy))));
  }
  $('findings').append(data.findings.length > 0 ? list
    : make('p', {class: 'quiet'}, 'No problem above 0.2 % of the time was found.'));
}

// ---- Timeline: one lane a kind of work; each pixel as dark as the time in it is filled
{
  const lanes = [['run', 'array code', 'run'], ['loop', 'loop code', 'loop'], ['foreign', 'foreign calls', 'foreign'],
                 ['pass', 'passes', 'optimise'], ['emit', 'emitting', 'emit'], ['record', 'recording', 'record']]
    .filter(([kind]) => data.spans.some(span => span.kind === kind));
  const width = 1200, left = 100, height = 26, top = 6, bins = 550;
  const wall = Math.max(1, data.wall_nanoseconds);
  const chart = svg('svg', {viewBox: `0 0 ${width} ${top + lanes.length * height + 26}`, role: 'img'});
  const scale = (width - left - 10) / wall;
  lanes.forEach(([kind, title, phase], lane) => {
    const y = top + lane * height, filled = new Float64Array(bins), names = new Array(bins);
    for (const span of data.spans.filter(s => s.kind === kind)) {
      const begin = Math.max(0, span.begin), end = Math.min(wall, span.begin + span.nanoseconds);
      for (let k = Math.floor(begin / wall * bins); k < bins && k * wall / bins < end; ++k) {
        filled[k] += Math.max(0, Math.min(end, (k + 1) * wall / bins) - Math.max(begin, k * wall / bins));
        if (!names[k]) names[k] = span.name;
      }
    }
    chart.append(svg('text', {x: 0, y: y + 16}, title));
    chart.append(svg('line', {x1: left, x2: width - 10, y1: y + height - 3, y2: y + height - 3, class: 'grid'}));
    filled.forEach((time, k) => {
      if (time <= 0) return;
      const part = Math.min(1, time / (wall / bins));
      const rect = svg('rect', {x: left + k * (width - left - 10) / bins, y: y + 2, width: (width - left - 10) / bins + 0.3,
        height: height - 6, fill: phaseColour(phase), 'fill-opacity': (0.25 + 0.75 * part).toFixed(2)});
      rect.append(svg('title', {}, `${names[k]}  at ${duration(Math.round(k * wall / bins))}, ${percent(part)} filled`));
      chart.append(rect);
    });
  });
  const y = top + lanes.length * height;
  for (let k = 0; k <= 6; ++k) {
    const x = left + k / 6 * wall * scale;
    chart.append(svg('text', {x, y: y + 18, 'text-anchor': k === 0 ? 'start' : k === 6 ? 'end' : 'middle'},
                     duration(Math.round(k / 6 * wall))));
  }
  $('timeline').append(lanes.length > 0 ? chart : make('p', {class: 'quiet'}, 'The log has no timed events.'));
}

// ---- Roofline: operations a second over operations a byte
{
  const traces = data.traces.filter(t => t.bytes_per_second > 0 && t.operations_per_second > 0);
  const machine = data.machine;
  if (!machine || traces.length === 0) {
    $('roofline').append(make('p', {class: 'quiet'}, machine ? 'No array trace has run long enough to be placed.'
      : 'The limits of the machine that wrote the log are not known: `lathe trace calibrate` measures them there.'));
  } else {
    const width = 580, height = 380, left = 74, right = 14, top = 10, bottom = 40;
    const memory = machine.levels[machine.levels.length - 1].all_threads, first = machine.levels[0].all_threads;
    const peak = machine.operations_all;
    const intensity = t => t.operations_per_second / t.bytes_per_second;
    const xs = traces.map(intensity).concat([peak / memory * 4, 0.02]);
    const ys = traces.map(t => t.operations_per_second).concat([peak * 2, peak / 1000]);
    const [x0, x1] = [Math.log10(Math.min(...xs) / 1.5), Math.log10(Math.max(...xs) * 1.5)];
    const [y0, y1] = [Math.log10(Math.min(...ys) / 1.5), Math.log10(Math.max(...ys))];
    const x = v => left + (Math.log10(v) - x0) / (x1 - x0) * (width - left - right);
    const y = v => height - bottom - (Math.log10(v) - y0) / (y1 - y0) * (height - top - bottom);
    const chart = svg('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img'});
    for (let e = Math.ceil(x0); e <= x1; ++e) {
      chart.append(svg('line', {x1: x(10 ** e), x2: x(10 ** e), y1: top, y2: height - bottom, class: 'grid'}));
      chart.append(svg('text', {x: x(10 ** e), y: height - bottom + 16, 'text-anchor': 'middle'}, String(+(10 ** e).toPrecision(1))));
    }
    for (let e = Math.ceil(y0); e <= y1; ++e) {
      chart.append(svg('line', {x1: left, x2: width - right, y1: y(10 ** e), y2: y(10 ** e), class: 'grid'}));
      chart.append(svg('text', {x: left - 8, y: y(10 ** e) + 4, 'text-anchor': 'end'}, scaled(10 ** e, ['', 'k', 'M', 'G', 'T'])));
    }
    chart.append(svg('text', {x: (left + width) / 2, y: height - 6, 'text-anchor': 'middle'}, 'operations a byte'));
    chart.append(svg('text', {x: 14, y: height / 2, transform: `rotate(-90 14 ${height / 2})`, 'text-anchor': 'middle'}, 'operations a second'));
    const roof = (bandwidth, style, name) => {
      const ridge = peak / bandwidth, begin = Math.max(10 ** x0, 10 ** y0 / bandwidth);
      chart.append(svg('path', {class: style, d: `M${x(begin)},${y(begin * bandwidth)} L${x(ridge)},${y(peak)} L${width - right},${y(peak)}`}));
      const slope = -Math.atan2(y(begin * bandwidth) - y(peak), x(ridge) - x(begin)) * 180 / Math.PI;
      const at = {x: x(begin) + 8, y: y(begin * bandwidth) - 10};
      chart.append(svg('text', {...at, transform: `rotate(${slope.toFixed(1)} ${at.x} ${at.y})`}, `${name} ${rate(bandwidth, 'B/s')}`));
    };
    roof(first, 'ceiling', 'first cache');
    roof(memory, 'roof', 'memory');
    chart.append(svg('text', {x: width - right, y: y(peak) - 7, 'text-anchor': 'end'}, `float64 ${rate(peak, '/s')}`));
    const labels = [];
    const most = Math.max(...traces.map(t => t.nanoseconds));
    traces.slice(0, 60).forEach((t, k) => {
      const dot = svg('circle', {cx: x(intensity(t)), cy: y(t.operations_per_second), r: 4 + 10 * Math.sqrt(t.nanoseconds / most),
        fill: colour(0), 'fill-opacity': 0.55, stroke: 'var(--card)', style: 'cursor:pointer'});
      dot.append(svg('title', {}, `${t.trace} ${place(t)}: ${rate(t.operations_per_second, ' operations/s')}, ${rate(t.bytes_per_second, 'B/s')}`));
      dot.addEventListener('click', () => showTrace(t.trace));
      chart.append(dot);
      const label = [x(intensity(t)) + 12, y(t.operations_per_second) - 8];
      if (k < 8 && labels.every(([a, b]) => Math.abs(a - label[0]) > 60 || Math.abs(b - label[1]) > 14)) {
        labels.push(label);
        chart.append(svg('text', {class: 'label', x: label[0], y: label[1]}, `${t.trace} :${t.line}`));
      }
    });
    $('roofline').append(chart);
  }
}

// ---- Tables
const table = (rows, columns, onRow) => {
  const body = make('tbody');
  const fill = sorted => {
    body.replaceChildren(...sorted.map(row => make('tr', onRow ? {class: 'choice', onclick: () => onRow(row)} : {},
      ...columns.map(([, , show, kind]) => make('td', {class: kind || false}, show(row))))));
  };
  const head = make('tr', {}, ...columns.map(([key, title, , kind]) => make('th', {class: kind || false, 'data-key': key,
    onclick: () => fill([...rows].sort((a, b) => kind === 'number' ? (b[key] ?? -1) - (a[key] ?? -1)
                                                                   : String(a[key]).localeCompare(String(b[key]))))}, title)));
  fill(rows);
  return make('table', {}, make('thead', {}, head), body);
};
$('exits').append(data.exits.length === 0 ? make('p', {class: 'quiet'}, 'No compiled loop was left.')
  : table(data.exits.slice(0, 12), [
    ['place', 'place', e => make('a', {onclick: () => showLine(e.file, e.line)}, place(e))],
    ['count', 'taken', e => count(e.count), 'number'],
    ['nanoseconds', 'time', e => duration(e.nanoseconds), 'number'],
    ['reason', 'reason', e => e.reason + (e.then === 'compiled' ? ' (compiled)' : ''), 'wide']]));
$('traces').append(data.traces.length === 0 ? make('p', {class: 'quiet'}, 'No traces.') : table(data.traces, [
  ['trace', 'trace', t => make('a', {}, t.trace)],
  ['place', 'place', t => place(t)],
  ['nanoseconds', 'time', t => duration(t.nanoseconds), 'number'],
  ['share', 'of all', t => percent(t.share), 'number'],
  ['runs', 'runs', t => count(t.runs), 'number'],
  ['elements_per_second', 'elements', t => rate(t.elements_per_second, '/s'), 'number'],
  ['bytes_per_second', 'memory', t => rate(t.bytes_per_second, 'B/s'), 'number'],
  ['bandwidth_share', 'bandwidth', t => percent(t.bandwidth_share), 'number'],
  ['arithmetic_share', 'of peak', t => percent(t.arithmetic_share), 'number'],
  ['compile_nanoseconds', 'compiling', t => duration(t.compile_nanoseconds), 'number'],
  ['source', 'source', t => make('code', {}, t.source || ''), 'wide']], row => showTrace(row.trace)));

// ---- Source with heat: the time of a trace is divided among its lines, by samples where there are any
{
  const details = new Map(data.details.map(d => [d.trace, d]));
  const heat = new Map();
  const add = (file, line, time) => heat.set(file + ':' + line, (heat.get(file + ':' + line) || 0) + time);
  for (const trace of data.traces) {
    const lines = details.get(trace.trace).lines.length > 0 ? details.get(trace.trace).lines : [trace.line];
    for (const line of lines) add(trace.file, line, trace.nanoseconds / lines.length);
  }
  for (const calls of data.foreign) add(calls.file, calls.line, calls.nanoseconds);
  const interpreted = data.samples.filter(s => s.phase === 'interpret');
  const samples = interpreted.reduce((sum, s) => sum + s.count, 0);
  const interpretTime = (data.phases.find(p => p.phase === 'interpret') || {nanoseconds: 0}).nanoseconds;
  for (const sample of interpreted) add(sample.file, sample.line, interpretTime * sample.count / samples);
  const most = Math.max(1, ...heat.values());
  for (const [file, lines] of Object.entries(data.sources)) {
    const body = make('tbody');
    lines.forEach((text, k) => {
      const line = k + 1, time = heat.get(file + ':' + line) || 0;
      const problems = data.findings.filter(f => f.file === file && f.line === line);
      const note = problems.map(f => `${f.what}\n→ ${f.remedy}`).join('\n\n');
      body.append(make('tr', {id: `line-${file}-${line}`},
        make('td', {class: 'heat', style: time > 0 ? `background:rgba(var(--heat),${(0.08 + 0.72 * time / most).toFixed(3)})` : false},
             time > 0 ? duration(Math.round(time)) : ''),
        make('td', {class: 'lineno'}, String(line)),
        make('td', problems.length > 0 ? {class: 'marked', title: note} : {}, problems.length > 0 ? '●' : ' '),
        make('td', {}, text)));
    });
    $('source').append(make('h3', {}, file), make('table', {class: 'code mono', style: 'width:auto'}, body));
  }
  if (Object.keys(data.sources).length === 0) {
    $('source').append(make('p', {class: 'quiet'}, 'The scripts could not be read when the report was made.'));
  }
}
function showLine(file, line) {
  const row = document.getElementById(`line-${file}-${line}`);
  if (row) row.scrollIntoView({behavior: 'smooth', block: 'center'});
}

// ---- One trace: the text after each pass, with what it changed, and the machine code
function changedLines(before, after) {
  // A longest common subsequence where that is cheap; else only what differs at both ends.
  const a = before.split('\n'), b = after.split('\n');
  if (a.length * b.length > 4e6) return b.map(text => ['same', text]);
  const best = Array.from({length: a.length + 1}, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; --i) {
    for (let j = b.length - 1; j >= 0; --j) best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  }
  const lines = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) { lines.push(['same', a[i]]); ++i; ++j; }
    else if (i < a.length && (j === b.length || best[i + 1][j] >= best[i][j + 1])) lines.push(['out', a[i++]]);
    else lines.push(['in', b[j++]]);
  }
  return lines;
}
function showTrace(name) {
  const detail = data.details.find(d => d.trace === name), section = $('detail');
  if (!detail) return;
  const view = make('div');
  const steps = make('div', {class: 'steps'});
  const press = button => { for (const other of steps.children) other.setAttribute('aria-pressed', String(other === button)); };
  const step = (title, same, draw) => {
    const button = make('button', {class: same ? 'same' : false, onclick: () => { press(button); view.replaceChildren(...draw()); }}, title);
    steps.append(button);
    return button;
  };
  const text = lines => make('pre', {}, ...lines.map(([kind, line]) => make('span', {class: kind}, line + '\n')));
  let chosen = null;
  for (const compilation of detail.compilations) {
    let ir = compilation.ir;
    const head = compilation.exit >= 0 ? `side trace of exit ${compilation.exit}` : 'recorded';
    const recorded = ir;
    const first = step(head, false, () => [text(recorded.split('\n').map(line => ['same', line]))]);
    chosen = chosen || first;
    for (const pass of compilation.passes) {
      const before = ir, after = pass.ir || ir;
      ir = after;
      step(pass.pass, !pass.changed, () => [
        make('p', {class: 'quiet'}, `${pass.level}, ${duration(pass.nanoseconds)}, ${pass.ops_before} → ${pass.ops_after} instructions`),
        ...pass.reasons.map(reason => make('p', {}, reason)), text(changedLines(before, after))]);
    }
    if (compilation.listing) {
      step('machine code', false, () => [
        make('p', {class: 'quiet'}, `${compilation.isa}, ${bytes(compilation.bytes)}, emitted in ${duration(compilation.emit_nanoseconds)}`),
        make('pre', {}, ...compilation.listing.split('\n').map(line => line.trimStart().startsWith(';')
          ? make('span', {class: 'comment'}, line + '\n') : line + '\n'))]);
    }
  }
  section.replaceChildren(make('h2', {}, `${name}  ${place(detail)}`),
    make('p', {class: 'quiet'}, [detail.signature, detail.miss_reason && 'made because: ' + detail.miss_reason, detail.difference]
      .filter(Boolean).join(' · ')), steps, view);
  section.hidden = false;
  if (chosen) chosen.click();
  section.scrollIntoView({behavior: 'smooth', block: 'start'});
}
// A trace can be named in the address: report.html#t3
if (location.hash) showTrace(location.hash.slice(1));
