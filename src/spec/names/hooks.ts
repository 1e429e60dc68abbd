/** The kinds of hooks in the order in which they run (config.md, "POSIX-platform Hooks"). */
export const hookKinds = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

export type HookKind = (typeof hookKinds)[number];
