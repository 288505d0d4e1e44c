/* The places where C can't be: no stack yet, or a stack about to go. */
  .section .note.GNU-stack,"",@progbits
  .text

/* The kernel's entry: argc and argv lie on the stack. */
  .globl _start
_start:
  xor %ebp, %ebp
  mov %rsp, %rdi
  and $-16, %rsp
  call forge_start
  hlt

/* void run_on(void *stack_top, void (*code)(void)): goes on there and never comes back. */
  .globl run_on
run_on:
  mov %rdi, %rsp
  xor %ebp, %ebp
  call *%rsi
  hlt

/* long spawn_thread(struct clone_args *args, size_t size, void (*code)(void *), void *argument)
   A thread on the stack of args; the maker gets its id, the thread runs code(argument), which doesn't return. */
  .globl spawn_thread
spawn_thread:
  mov $435, %eax            /* clone3 */
  jmp 2f

/* long spawn_thread_by_clone(uint64_t flags, uint64_t stack_top, void (*code)(void *), void *argument): the same by clone, which reads
   what follows the stack only for flags that a thread here never has. */
  .globl spawn_thread_by_clone
spawn_thread_by_clone:
  mov $56, %eax             /* clone */
2:mov %rdx, %r8
  mov %rcx, %r9
  syscall
  test %rax, %rax
  jz 1f
  ret
1:xor %ebp, %ebp
  mov %r9, %rdi
  call *%r8
  hlt

/* void leave_by_arena(code, base, length, count, frame): the arena's code unmaps us, then rt_sigreturn's from frame. */
  .globl leave_by_arena
leave_by_arena:
  mov %rdi, %rax
  mov %rsi, %rdi
  mov %rdx, %rsi
  mov %rcx, %rdx
  mov %r8, %rsp
  jmp *%rax

/* What the arena's code does, for a process that has none: copied to a page of its own, the only one of ours that stays. */
  .globl leave_code
leave_code:
  lock decl (%rdx)
  jnz 1f
  mov $11, %eax             /* munmap */
  syscall
1:mov $15, %eax             /* rt_sigreturn */
  syscall
  hlt
  .globl leave_code_end
leave_code_end:

/* The signal restorer of the forge's own crash handler. */
  .globl forge_restorer
forge_restorer:
  mov $15, %eax
  syscall
