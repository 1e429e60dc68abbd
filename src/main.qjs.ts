import { offer } from './begin.qjs.js';

offer({});
