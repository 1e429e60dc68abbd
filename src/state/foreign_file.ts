/**
 * The errors of reading a file of the state directory that tsrun did not write: not text, too large, a directory, a symlink, a FIFO with a
 * writer, a socket.
 */
export const foreignFile = ['EILSEQ', 'EFBIG', 'EISDIR', 'ELOOP', 'EAGAIN', 'ENXIO'] as const;
