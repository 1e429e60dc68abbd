import { begin } from './begin.qjs.js';

begin({});
