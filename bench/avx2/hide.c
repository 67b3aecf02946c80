// Lets onnxruntime believe that the processor has AVX2 alone: `cpuid` of the copy that run.sh makes is a breakpoint,
// whose handler answers as the processor does, without AVX-512, VNNI and what came after them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

// Bits of leaf 7 (Intel's manual, volume 2A, CPUID).
#define AVX512_EBX (1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31)
#define AVX512_ECX (1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14)
#define AVX512_AMX_EDX (1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25)
#define VNNI_BF16_EAX (1u << 4 | 1u << 5 | 1u << 21 | 1u << 23)
#define VNNI_INT8_EDX (1u << 4 | 1u << 5)

static void answer(int signal, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  unsigned leaf = (unsigned)registers[REG_RAX], subleaf = (unsigned)registers[REG_RCX];
  unsigned a = leaf, b, c = subleaf, d;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (leaf == 7 && subleaf == 0) {
    b &= ~AVX512_EBX;
    c &= ~AVX512_ECX;
    d &= ~AVX512_AMX_EDX;
  } else if (leaf == 7 && subleaf == 1) {
    a &= ~VNNI_BF16_EAX;
    d &= ~VNNI_INT8_EDX;
  }
  registers[REG_RAX] = a;
  registers[REG_RBX] = b;
  registers[REG_RCX] = c;
  registers[REG_RDX] = d;
}

// Node gives all signals their usual effect when it starts, so the handler comes with each library that is loaded.
void *dlopen(const char *name, int flags) {
  static void *(*real)(const char *, int);
  if (real == NULL) real = dlsym(RTLD_NEXT, "dlopen");
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = answer;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigaction(SIGTRAP, &action, NULL);
  return real(name, flags);
}
