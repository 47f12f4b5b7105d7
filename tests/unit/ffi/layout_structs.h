// Structs that the compiler and Lathe's parser both read: layout_test.cc compares what they make of them.
typedef struct {
  char a;
  double b;
  char c;
} padded;
typedef struct {
  short a;
  int b;
  char c[3];
  long d;
} mixed;
typedef struct {
  char a;
} one;
typedef struct {
  char a;
  short b;
  char c;
  int d;
  char e;
  long e2;
  char f;
} ladder;
typedef union {
  char a[5];
  int b;
  double c;
} choice;
typedef struct {
  char tag;
  union {
    int number;
    double real;
    char text[12];
  };
  choice inner;
} variant;
typedef struct {
  float matrix[3][5];
  unsigned char flag;
  bool truth;
} table;
typedef struct node {
  struct node* next;
  void (*visit)(struct node*, int);
  const char* name;
} node;
typedef struct {
  padded items[3];
  one tail;
} nested;
typedef enum { FIRST, SECOND = 5, LAST = 0x7fffffff } small_enum;
typedef enum { NEGATIVE = -1, POSITIVE = 1 } signed_enum;
typedef enum { WIDE = 0x100000000 } wide_enum;
typedef struct {
  char a;
  small_enum e;
  wide_enum w;
  signed_enum s;
} with_enums;
typedef struct {
  char a;
  int b;
  short c;
} __attribute__((packed)) packed_struct;
typedef struct {
  unsigned long long a;
  long long b;
  unsigned short c;
  signed char d;
} wide;
typedef struct {
  char a[sizeof(double) * 2 + 1];
  int b[(3 << 2) | 1];
  char c['0' - 46];
} computed;
typedef struct {
  unsigned a : 3;
  unsigned b : 7;
  int c : 5;
  unsigned d : 20;
} bits;
typedef struct {
  char a;
  int b : 9;
  signed char c : 4;
  long d : 40;
  unsigned char e : 1;
} mixed_bits;
typedef struct {
  unsigned a : 4;
  unsigned : 0;
  unsigned b : 4;
  unsigned : 3;
  unsigned short c : 9;
  long : 5;
} gaps;
typedef union {
  unsigned a : 5;
  int b;
  long c : 33;
} bit_choice;
