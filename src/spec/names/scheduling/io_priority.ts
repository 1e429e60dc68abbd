/** IOPRIO_CLASS_* of linux/ioprio.h (ioprio_set(2)). */
export const ioPriorityClasses = { IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3 } as const;

export type IoPriorityClass = keyof typeof ioPriorityClasses;
