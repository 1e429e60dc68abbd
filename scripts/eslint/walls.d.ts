/** Each folder or file of `src/` that has walls, and what may be imported there. */
export declare const walls: Readonly<Record<string, readonly string[]>>;
/** `a/b` is inside `a`. */
export declare function inside(path: string, folder: string): boolean;
/** The most specific entry of the table for a file below src/, without its extension. */
export declare function folderOf(file: string): string | undefined;
/** The file below src/, without its extension, that `file` names by a specifier; `node:` for Node.js' modules, else the package's name. */
export declare function targetOf(file: string, specifier: string): string;
/** The lint rule: reports an import that crosses a wall of the table. */
export declare const wallRule: import('eslint').Rule.RuleModule;
