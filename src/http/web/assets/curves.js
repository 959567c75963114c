// Curves that answer: every figure with data-curve is drawn anew with uPlot. Without this script its picture stays.
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2]]
const HEIGHT = 260
/** What was set for a metric stays while the page refreshes itself. */
const settings = new Map()
const numbers = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 5 })
const steps = new Intl.NumberFormat('en-US')

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue
    seen.unobserve(target)
    void draw(target)
  }
})

function watch() {
  for (const figure of document.querySelectorAll('figure[data-curve]:not([data-drawn])')) seen.observe(figure)
}

async function draw(figure) {
  figure.dataset.drawn = ''
  const answer = await fetch(figure.dataset.curve).catch(() => undefined)
  if (!answer?.ok) return
  const { metric, series } = await answer.json()
  const drawable = series.filter(({ values }) => values.some((value) => value !== null))
  if (drawable.every(({ values }) => values.length < 2)) return
  const kept = settings.get(figure.dataset.curve) ?? { log: false, smooth: 0 }
  settings.set(figure.dataset.curve, kept)
  new Curve(figure, metric, drawable, kept)
}

class Curve {
  constructor(figure, metric, series, kept) {
    this.figure = figure
    this.metric = metric
    this.series = series
    this.kept = kept
    const finding =
      figure.querySelector('svg')?.getAttribute('aria-label') ??
      figure.querySelector('.finding')?.textContent ??
      metric
    figure.querySelector('svg')?.remove()
    this.area = element('div', { class: 'plot', tabindex: '0', role: 'group' })
    this.area.setAttribute('aria-label', `${finding} Arrow keys read single steps, Escape shows all of it.`)
    this.told = element('p', { class: 'readout', 'aria-live': 'polite' })
    figure.append(this.controls(), this.area, this.told)
    this.area.addEventListener('keydown', (event) => this.onKey(event))
    new ResizeObserver(() => this.resize()).observe(this.area)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.plot())
    this.plot()
  }

  controls() {
    const log = element('input', { type: 'checkbox' })
    log.checked = this.kept.log
    log.addEventListener('change', () => {
      this.kept.log = log.checked
      this.plot()
    })
    const smooth = element('input', { type: 'range', min: '0', max: '0.98', step: '0.02' })
    smooth.value = String(this.kept.smooth)
    smooth.addEventListener('input', () => {
      this.kept.smooth = Number(smooth.value)
      this.plot()
    })
    const all = element('button', { type: 'button', class: 'plain' })
    all.textContent = 'Show all'
    all.addEventListener('click', () => this.showAll())
    const bar = element('div', { class: 'plot-controls' })
    bar.append(labelled('Log axis', log), labelled('Smoothing', smooth), all)
    return bar
  }

  plot() {
    this.chart?.destroy()
    this.area.replaceChildren()
    const { log, smooth } = this.kept
    const tables = this.series.map(({ steps, values }) => tableOf(steps, values, log))
    const joined = uPlot.join(tables)
    const [xs, ...raw] = joined
    const lines = smooth === 0 ? raw : [...raw, ...raw.map((values) => smoothed(values, smooth))]
    const style = getComputedStyle(document.documentElement)
    const colour = (name) => style.getPropertyValue(name).trim()
    const strokes = this.series.map((_one, index) => colour(`--series-${index + 1}`))
    const line = (index, faint) => ({
      label: this.series[index].ref,
      stroke: faint ? `${strokes[index]}55` : strokes[index],
      width: faint ? 1 : 2,
      dash: DASHES[index % DASHES.length],
      points: { show: xs.length < 40 && !faint },
    })
    const axis = {
      stroke: colour('--soft'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    }
    this.shown = lines.slice(-this.series.length)
    this.xs = xs
    this.at = undefined
    this.chart = new uPlot(
      {
        width: this.area.clientWidth || 600,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, uni: 20 }, focus: { prox: 30 }, sync: { key: 'curves' } },
        scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
        axes: [
          { ...axis, values: (_u, ticks) => ticks.map((tick) => steps.format(tick)) },
          {
            ...axis,
            size: 64,
            values: (_u, ticks) => ticks.map((tick) => (tick === null ? '' : numbers.format(tick))),
          },
        ],
        series: [
          {},
          ...lines.map((_line, index) => line(index % this.series.length, smooth > 0 && index < raw.length)),
        ],
        hooks: { setCursor: [(chart) => this.read(chart.cursor.idx)] },
      },
      [xs, ...lines],
      this.area,
    )
    this.read(undefined)
  }

  /** Values at a step, in words: for eyes and for screen readers. */
  read(index) {
    const whole = index == null
    const many = this.series.length > 1
    const keys = this.series.map(({ ref, name }, at) => {
      const value = this.shown[at][index]
      const told = whole ? (name ?? '') : value == null ? 'no value' : numbers.format(value)
      return key(at, many ? `${dashWord(at)} ${ref} ${told}` : told)
    })
    const hidden =
      whole &&
      this.kept.log &&
      this.series.some(({ values }) => values.some((value) => value !== null && value <= 0))
    this.told.replaceChildren(
      whole ? '' : `step ${steps.format(this.xs[index])}: `,
      ...(whole && !many ? [] : keys),
      hidden ? 'Values of zero and less have no place on a log axis.' : '',
    )
  }

  onKey(event) {
    const last = this.xs.length - 1
    const leap = event.shiftKey ? Math.max(1, Math.round(last / 20)) : 1
    const from = this.at ?? (event.key === 'ArrowLeft' ? last + leap : -leap)
    const places = { ArrowRight: from + leap, ArrowLeft: from - leap, Home: 0, End: last }
    if (event.key === 'Escape') return this.showAll()
    if (!(event.key in places)) return
    event.preventDefault()
    this.at = Math.min(last, Math.max(0, places[event.key]))
    const value = this.shown.map((values) => values[this.at]).find((one) => one != null)
    this.chart.setCursor({
      left: this.chart.valToPos(this.xs[this.at], 'x'),
      top: value === undefined ? 10 : this.chart.valToPos(value, 'y'),
    })
    this.read(this.at)
  }

  showAll() {
    this.at = undefined
    this.chart.setScale('x', { min: this.xs[0], max: this.xs[this.xs.length - 1] })
    this.chart.setCursor({ left: -10, top: -10 })
    this.read(undefined)
  }

  resize() {
    const width = this.area.clientWidth
    if (width > 0 && width !== this.chart?.width) this.chart?.setSize({ width, height: HEIGHT })
  }
}

/** One value per step, the last one of several; what a log axis cannot show is a gap. */
function tableOf(steps, values, log) {
  const byStep = new Map()
  for (const [index, step] of steps.entries()) byStep.set(step, values[index])
  const ordered = [...byStep].sort(([a], [b]) => a - b)
  return [
    ordered.map(([step]) => step),
    ordered.map(([, value]) => (log && value !== null && value <= 0 ? null : value)),
  ]
}

/** Exponential moving average without the pull of its start; gaps stay gaps. */
function smoothed(values, weight) {
  let average = 0
  let seenSoFar = 0
  return values.map((value) => {
    if (value == null) return value
    average = average * weight + value * (1 - weight)
    seenSoFar += 1
    return average / (1 - weight ** seenSoFar)
  })
}

/** How the line looks, for people who do not tell its colour. */
function dashWord(index) {
  return ['━━', '╍╍', '┅┅', '━·', '╌╌'][index % DASHES.length]
}

function key(index, text) {
  const made = element('span', { class: `key key-${index + 1}` })
  made.textContent = text
  return made
}

function element(name, attributes) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

function labelled(text, input) {
  const label = element('label', {})
  label.append(`${text} `, input)
  return label
}

watch()
document.addEventListener('refreshed', watch)
