/** Values by path. A call takes time in proportion to the length of its path; `removeWithin` also to the values that it removes. */
export class PathTree<T> {
  /** Its only child is the root directory, whose name is empty. */
  readonly #above = emptyNode<T>();

  set(path: string, value: T): void {
    let node = this.#above;
    for (const name of namesOf(path)) {
      let next = node.children.get(name);
      if (next === undefined) node.children.set(name, (next = emptyNode()));
      node = next;
    }
    node.value = value;
  }

  /** The value at this path or at the nearest directory above it, and how deep that place is. */
  nearest(path: string): { readonly value: T; readonly depth: number } | undefined {
    let node = this.#above;
    let depth = 0;
    let found: { readonly value: T; readonly depth: number } | undefined;
    for (const name of namesOf(path)) {
      const next = node.children.get(name);
      if (next === undefined) break;
      node = next;
      depth++;
      if (node.value !== undefined) found = { value: node.value, depth };
    }
    return found;
  }

  /** Removes and returns the values at this path and below it. */
  removeWithin(path: string): readonly T[] {
    const names = namesOf(path);
    const last = names[names.length - 1] as string;
    let parent = this.#above;
    for (const name of names.slice(0, -1)) {
      const next = parent.children.get(name);
      if (next === undefined) return [];
      parent = next;
    }
    const top = parent.children.get(last);
    parent.children.delete(last);
    return top === undefined ? [] : valuesOf(top);
  }
}

interface Node<T> {
  value: T | undefined;
  readonly children: Map<string, Node<T>>;
}

function emptyNode<T>(): Node<T> {
  return { value: undefined, children: new Map() };
}

/** Of an absolute path; the first is that of the root directory. */
function namesOf(path: string): readonly string[] {
  return path === '/' ? [''] : path.split('/');
}

function valuesOf<T>(top: Node<T>): readonly T[] {
  const values: T[] = [];
  const nodes = [top];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.value !== undefined) values.push(node.value);
    for (const child of node.children.values()) nodes.push(child);
  }
  return values;
}
