// Runs in the reader's browser. `plots` and `uPlot` come with the page.
{
  const height = 300;

  /** Without a cursor, the legend shows one point of the curves instead of dashes. */
  const showRest = (rest) => (plot) => {
    if (plot.legend.idx == null) plot.setLegend({ idx: rest });
  };

  /** Rounds down to 1, 2 or 5 times a power of ten, where the axis begins. */
  const roundDown = (value) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return [5, 2, 1].find((step) => step * power <= value) * power;
  };

  const milliseconds = (value) => (value == null ? '-' : `${value < 1 ? value.toFixed(3) : value.toFixed(2)} ms`);

  function draw({ place, x, rest, logarithmic, series, data }) {
    const element = document.getElementById(place);
    const style = getComputedStyle(document.documentElement);
    const colours = {
      stroke: style.getPropertyValue('--quiet').trim(),
      grid: { stroke: style.getPropertyValue('--line').trim(), width: 0.5 },
    };
    const y = logarithmic
      ? { distr: 3, range: (_, low, high) => [roundDown(low * 0.9), high * 1.25] }
      : { range: (_, low, high) => [0, high * 1.05] };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height,
        scales: { x: { time: false }, y },
        axes: [
          { ...colours, label: x },
          { ...colours, label: logarithmic ? 'milliseconds, logarithmic' : 'milliseconds', size: 60 },
        ],
        series: [
          { label: x },
          ...series.map(({ label, colour }) => ({
            label,
            stroke: colour,
            width: 2,
            points: { show: false },
            spanGaps: true,
            value: (_, v) => milliseconds(v),
          })),
        ],
        hooks: { ready: [showRest(rest)], setLegend: [showRest(rest)] },
      },
      data,
      element,
    );
    const follow = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    follow.observe(element);
    return () => {
      follow.disconnect();
      plot.destroy();
    };
  }

  // The axes are painted on a canvas, so the style sheet's colours do not reach them.
  let drawn = plots.map(draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const remove of drawn) remove();
    drawn = plots.map(draw);
  });
}
