/* syscall(number, ...) as libc has it; where ids are translated, id_syscall has the same arguments. */
        .text
        .globl  syscall
        .type   syscall, @function
syscall:
        .cfi_startproc
        cmpb    $0, ids_off(%rip)
        je      id_syscall
        cmp     $425, %rdi      /* io_uring_setup: see rings.c */
        je      id_syscall
        mov     %rdi, %rax
        mov     %rsi, %rdi
        mov     %rdx, %rsi
        mov     %rcx, %rdx
        mov     %r8, %r10
        mov     %r9, %r8
        mov     8(%rsp), %r9
        syscall
        cmp     $-4095, %rax
        jae     1f
        ret
1:      mov     %rax, %rdi
        jmp     id_syscall_failed
        .cfi_endproc
        .size   syscall, . - syscall
        .section .note.GNU-stack, "", @progbits
