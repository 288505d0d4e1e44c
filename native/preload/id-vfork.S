/* vfork returns twice on one stack, so its return address is kept in a register that the call leaves alone: what the child pushes
 * overwrites the place where it lay. */
        .text
        .globl  vfork
        .type   vfork, @function
        .globl  __vfork
        .type   __vfork, @function
__vfork:
vfork:
        .cfi_startproc
        sub     $8, %rsp
        .cfi_adjust_cfa_offset 8
        call    id_vfork_begin
        add     $8, %rsp
        .cfi_adjust_cfa_offset -8
        pop     %rdi
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rdi
        mov     $58, %eax               /* vfork */
        syscall
        push    %rdi
        .cfi_adjust_cfa_offset 8
        test    %rax, %rax
        jz      1f
        mov     %rax, %rdi
        jmp     id_vfork_end            /* the parent */
1:      ret
        .cfi_endproc
        .size   vfork, . - vfork
        .section .note.GNU-stack, "", @progbits
