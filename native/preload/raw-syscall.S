/* The instructions that others know by address; the arena publishes each of them (shared/arena.h). */
        .text

/* long trapped_syscall(number, a, b, c, d, e): the one place from which this library makes madvise and mremap; it is
 * copied to where the filter of a clone expects it (code-page.c), so it must not refer to anything. */
        .globl  trapped_syscall
        .hidden trapped_syscall
        .type   trapped_syscall, @function
trapped_syscall:
        .cfi_startproc
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        mov     %r9, %r8
        syscall
        .globl  appshot_after_syscall
        .hidden appshot_after_syscall
appshot_after_syscall:
        ret
        .cfi_endproc
        .size   trapped_syscall, . - trapped_syscall

/* The restorer can't unmap the code it runs: its threads leave through here, and the last one takes it away.
 * rdi = base, rsi = length, rdx = int *count, rsp = what rt_sigreturn expects (one word past the frame's start). */
        .globl  appshot_leave
        .hidden appshot_leave
        .type   appshot_leave, @function
appshot_leave:
        lock decl (%rdx)
        jnz     1f
        mov     $11, %eax               /* munmap */
        syscall
1:
        .globl  appshot_sigreturn
        .hidden appshot_sigreturn
appshot_sigreturn:
        mov     $15, %eax               /* rt_sigreturn */
        syscall
        hlt                             /* not reached */
        .size   appshot_leave, . - appshot_leave

/* Where a tracer sets the instruction pointer to make a process call the kernel while calls from elsewhere are sent to the library. */
        .globl  appshot_agent
        .hidden appshot_agent
        .type   appshot_agent, @function
        .balign 64                      /* away from appshot_leave: whoever stands there is taken to be on the way out of a restore */
appshot_agent:
        syscall
        ret
        .size   appshot_agent, . - appshot_agent

        .section .note.GNU-stack, "", @progbits
