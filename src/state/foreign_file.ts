/** What reading a file of the state directory fails with if tsrun did not write it: not text, too large, a directory, a symlink, a FIFO with a writer, a socket. */
export const foreignFile = ['EILSEQ', 'EFBIG', 'EISDIR', 'ELOOP', 'EAGAIN', 'ENXIO'] as const;
