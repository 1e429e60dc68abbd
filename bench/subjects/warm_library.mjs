import { LibrarySubject } from './library.mjs';

/** The library with one sandbox kept ready for the bundle at hand. It is made outside of the time, and no other is made while another subject's sample is taken. */
export class WarmLibrarySubject extends LibrarySubject {
  kind = 'warm';
  name = 'library-warm';

  constructor(parts) {
    super(parts, ['--warm']);
  }
}
