/** One colour per subject in every plot (after Okabe and Ito, distinguishable for the colour-blind). */
const colours = {
  floor: '#999999',
  library: '#0072b2',
  'library-warm': '#cc79a7',
  tsrun: '#56b4e9',
  'tsrun-node': '#009e73',
  crun: '#e69f00',
  'crun-peer': '#b37400',
  runc: '#d55e00',
  'runc-peer': '#993300',
};

export function colourOf(subject) {
  return colours[subject] ?? '#000000';
}
