"""The command line: help at every level, exit statuses, man pages that groff reads without a warning, and completion
as the shells do it.

usage: command_line_test.py LATHE
"""

import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

LATHE = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = pathlib.Path(__file__).resolve().parent.parent
FAILURES = []
CHECKS = 0


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
                          **options)


def check(what, holds, shown=""):
    global CHECKS
    CHECKS += 1
    if not holds:
        FAILURES.append(f"FAILED {what}\n{shown}")


def commands(path=()):
    """All command paths, found in the help texts themselves."""
    yield path
    text = run(LATHE, *path, "--help").stdout
    names = re.search(r"Subcommands:\n((?:  .*\n)+)", text)
    for name in re.findall(r"^  (\S+)", names.group(1), re.MULTILINE) if names else []:
        yield from commands((*path, name))


def check_help(paths):
    for path in paths:
        done = run(LATHE, *path, "--help")
        name = " ".join(["lathe", *path])
        check(f"{name} --help", done.returncode == 0 and "Usage: " in done.stdout, done.stdout + done.stderr)
        check(f"examples of {name}", "Examples:\n" in done.stdout, done.stdout)
        check(f"help of {name}", run(LATHE, "help", *path).stdout == done.stdout, done.stdout)


def check_statuses():
    for words, status, message in [
            (["--version"], 0, ""), (["-c", "1"], 0, ""), (["-c", "1/0"], 1, "ZeroDivisionError"),
            (["--nope"], 2, "--nope"), (["run", "--jit", "sometimes", "x.py"], 2, "sometimes"),
            (["run", "/no/such/file.py"], 2, "/no/such/file.py"), (["help", "nope"], 2, "nope"),
            (["completion", "fish"], 2, "fish"), (["run", "--threads", "-1", "x.py"], 2, "--threads"),
            (["help", "--install", "/proc/nowhere"], 2, "/proc/nowhere")]:
        done = run(LATHE, *words)
        check(" ".join(words), done.returncode == status and message in done.stderr + done.stdout, str(done))
    done = run(LATHE, "-c", "import sys; print(sys.argv[1:])", "--stats", "-x")
    check("words behind -c", done.stdout == "['--stats', '-x']\n", str(done))
    done = run(LATHE, "run", "--profile", "-c", "for k in range(300000): pass")
    check("--profile", "where the time went" in done.stderr and "by line" in done.stderr, str(done))
    done = run(LATHE, "run", "--jit=off", "-", "run", "--help", input=None)
    check("words behind a script", done.returncode == 0, str(done))


def check_pages(paths, share):
    run(LATHE, "help", "--install", share)
    for path in paths:
        page = pathlib.Path(share, "man/man1", "-".join(["lathe", *path]) + ".1")
        check(f"{page.name} is written", page.exists())
        done = run("groff", "-man", "-Tutf8", "-ww", str(page))
        check(f"groff reads {page.name}", done.returncode == 0 and not done.stderr and "SYNOPSIS" in
              re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout), done.stderr)


def check_header_pages(share):
    """Each function of lathe.h has a page in section 3, with its declaration and what the header says of it."""
    header = (ROOT / "include/lathe/lathe.h").read_text()
    functions = re.findall(r"^LATHE_API [^;]*?\b(lathe_\w+)\(", header, re.M)
    check("the header has functions", len(functions) > 90, str(len(functions)))
    folder = pathlib.Path(share, "man/man3")
    texts = {}
    for page in sorted(folder.glob("lathe-*.3")):
        done = run("groff", "-man", "-Tutf8", "-ww", str(page))
        check(f"groff reads {page.name}", done.returncode == 0 and not done.stderr, done.stderr)
        texts[page.name] = re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout)
    for function in functions:
        page = folder / f"{function}.3"
        target = page.read_text().removeprefix(".so man3/").strip() if page.exists() else ""
        check(f"{function}(3)", f"{function}(" in texts.get(target, ""), target)
    check("comments are in the pages", "every element" in texts["lathe-foreign-functions.3"]
          and "LATHE_INPUT_SCALAR" in texts["lathe-inputs-of-operations.3"], "")


def bash_completes(script, *words):
    line = " ".join(f"'{word}'" for word in ["lathe", *words])
    done = run("bash", "-c", f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _lathe; "
               "printf '%s\\n' \"${COMPREPLY[@]}\"", cwd="/")
    return done.stdout.split()


def check_completion(share):
    bash = f"{share}/bash-completion/completions/lathe"
    for words, wanted in [(["ru"], ["run"]), (["run", "--ji"], ["--jit"]), (["run", "--jit", "o"], ["on", "off"]),
                          (["--jit", "st"], ["stress"]), (["completion", ""], ["bash", "zsh"]),
                          (["help", "com"], ["completion"]), (["run", "--trace", "/pro"], ["/proc"])]:
        got = bash_completes(bash, *words)
        check(f"bash completes {words}", all(word in got for word in wanted) and len(got) < 20, str(got))
    zsh = f"{share}/zsh/site-functions/_lathe"
    shown = zsh_shows(f"{share}/zsh/site-functions", "lathe run --jit st\t")
    check("zsh completes --jit st", shown.endswith("ress "), repr(shown))  # what it adds; a bell may be before it


def zsh_shows(functions, keys):
    """What an interactive zsh shows when `keys` have been typed."""
    leader, follower = pty.openpty()
    with subprocess.Popen(["zsh", "-f", "-i"], stdin=follower, stdout=follower, stderr=follower, close_fds=True,
                          env={"TERM": "dumb", "PATH": "/usr/bin:/bin", "HOME": functions}) as shell:
        os.close(follower)

        def read_until(wanted):
            text, end = "", time.monotonic() + 20
            while wanted not in text and time.monotonic() < end:
                if select.select([leader], [], [], 0.1)[0]:
                    text += os.read(leader, 4096).decode(errors="replace")
            return text

        os.write(leader, f"unsetopt zle_bracketed_paste; fpath=({functions} $fpath); autoload -U compinit; "
                         "compinit -u -D; bindkey '^I' complete-word; echo rea''dy\n".encode())
        read_until("\nready")
        os.write(leader, keys.encode())
        shown = read_until("ress ")
        shell.kill()
    os.close(leader)
    return shown


def main():
    paths = list(commands())
    check("there are commands", len(paths) > 3, str(paths))
    check_help(paths)
    check_statuses()
    with tempfile.TemporaryDirectory() as share:
        check_pages(paths, share)
        check_header_pages(share)
        check_completion(share)
    print("\n".join(FAILURES))
    print(f"{CHECKS - len(FAILURES)} passed, {len(FAILURES)} failed")
    return bool(FAILURES)


if __name__ == "__main__":
    sys.exit(main())
