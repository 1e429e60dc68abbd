/** Each folder or file of `src/` that has walls, and what may be imported there. */
export declare const walls: Readonly<Record<string, readonly string[]>>;
