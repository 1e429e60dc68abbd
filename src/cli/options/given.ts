/** Returns the members that are set: an absent option is omitted instead of being passed on as undefined. */
export function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

type Given<T extends object> = { readonly [N in keyof T as undefined extends T[N] ? N : never]?: Exclude<T[N], undefined> } & {
  readonly [N in keyof T as undefined extends T[N] ? never : N]: T[N];
};
