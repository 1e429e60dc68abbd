/** Returns the path of the part after `scheme://`. containerd's clients escape it (RFC 3986, 2.1). */
export function pathOf(rest: string): string {
  return unescaped(/^[^?#]*/.exec(rest)?.[0] ?? '');
}

/** Returns the names and values of the query in the part after `scheme://`, each as a word. A name may have no value. */
export function wordsOf(rest: string): readonly string[] {
  const query = /\?([^#]*)/.exec(rest)?.[1] ?? '';
  const parts = query.split('&').flatMap((part) => part.split(/=(.*)/s).slice(0, 2));
  return parts.map((word) => unescaped(word.replace(/\+/g, ' '))).filter((word) => word !== '');
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
