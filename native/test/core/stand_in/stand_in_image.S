# The stand-in for tsrun-init, under the symbols that the real image has. STAND_IN is the path of the program.
    .section .rodata
    .global tsrun_init_start
    .global tsrun_init_end
    .balign 16
tsrun_init_start:
    .incbin STAND_IN
tsrun_init_end:
    .section .note.GNU-stack, "", %progbits
