/* Where the replaced instructions of a Go program lead (go-calls.c): a call of sockets' is made by the library, on a stack of its own, since a
 * goroutine's has no room; any other is the instruction. What it leaves behind is what it would have: all registers but rax, rcx and r11 as
 * they were, and the flags of the comparison that stood behind it. */
#define SLOT_SIZE 0x10000
        .text
        .globl  go_call_here
        .hidden go_call_here
        .type   go_call_here, @function
go_call_here:
        lea     -42(%rax), %ecx         /* from SYS_connect to SYS_getpeername */
        cmp     $10, %ecx
        jbe     2f
        cmp     $288, %eax              /* SYS_accept4 */
        je      2f
        cmp     $299, %eax              /* SYS_recvmmsg */
        je      2f
        cmp     $307, %eax              /* SYS_sendmmsg */
        je      2f
1:      syscall
        cmp     $-4095, %rax
        ret
        /* The C library's thread control block leads to itself twice; a thread of Go's own making has none, and the library can't run in it. */
2:      mov     %fs:0, %rcx
        test    %rcx, %rcx
        jz      1b
        cmp     %fs:16, %rcx
        jne     1b
        mov     go_stacks(%rip), %r11
3:      mov     $1, %ecx
        xchg    %ecx, (%r11)            /* the slot's first word: taken */
        test    %ecx, %ecx
        jz      4f
        add     $SLOT_SIZE, %r11
        cmp     go_stacks_end(%rip), %r11
        jb      3b
        jmp     1b                      /* as many threads as this wait in such calls: this one is made as it stands */
4:      mov     %rsp, 8(%r11)
        lea     SLOT_SIZE(%r11), %rsp
        push    %rbx
        mov     %r11, %rbx
        sub     $520, %rsp              /* 16-byte aligned */
        fxsave64 (%rsp)
        push    %r9
        push    %r8
        push    %r10
        push    %rdx
        push    %rsi
        push    %rdi
        push    %rax
        mov     %rsp, %rdi
        sub     $8, %rsp
        cld
        call    go_call
        add     $16, %rsp
        pop     %rdi
        pop     %rsi
        pop     %rdx
        pop     %r10
        pop     %r8
        pop     %r9
        fxrstor64 (%rsp)
        add     $520, %rsp
        mov     %rbx, %r11
        pop     %rbx
        mov     8(%r11), %rsp
        movl    $0, (%r11)              /* nothing of it is used any more */
        cmp     $-4095, %rax
        ret
        .size   go_call_here, . - go_call_here
        .section .note.GNU-stack, "", @progbits
