import { offer } from './begin.js';

offer({});
