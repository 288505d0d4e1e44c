/* fork, vfork, clone and clone3 of a caller whose calls are sent to the library: made on the caller's own stack, with its registers, but that
 * rbx leads to a struct way (dispatch-clone.c). Parent and child then make a call that is sent to the library, whose handler puts everything
 * back; a thread that the library must not run in goes on at once. Nothing is written to the stack: a vfork child has its parent's. */
        .text
        .globl  dispatch_clone_here
        .hidden dispatch_clone_here
        .type   dispatch_clone_here, @function
dispatch_clone_here:
        syscall
        test    %rax, %rax
        jnz     1f
        cmpl    $0, 4(%rbx)             /* way.plain */
        jne     2f
        mov     $157, %eax              /* prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, start, length, NULL) */
        mov     $59, %edi
        mov     $1, %esi
        mov     24(%rbx), %rdx
        mov     32(%rbx), %r10
        xor     %r8d, %r8d
        syscall
        xor     %eax, %eax
1:      mov     %rax, %rdi
        mov     $39, %eax               /* getpid, if it should be made after all */
        jmp     *40(%rbx)
2:      mov     8(%rbx), %rcx           /* both are lost over a call anyway */
        mov     16(%rbx), %r11
        lock decl (%rbx)
        mov     %r11, %rbx
        jmp     *%rcx
        .size   dispatch_clone_here, . - dispatch_clone_here
        .section .note.GNU-stack, "", @progbits
