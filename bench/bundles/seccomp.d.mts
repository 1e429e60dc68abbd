/** The profile that engines give every container, as in config.json. */
export function seccompProfile(): Record<string, unknown> & { syscalls: { names: string[]; action: string }[] };
