/** Colours that keep apart for the colour-blind, dark enough for white; dashes and markers say the same without colour. */
export const SERIES = [
  { color: '#1d4ed8', dash: [], marker: 'circle' },
  { color: '#c2410c', dash: [7, 4], marker: 'rect' },
  { color: '#047857', dash: [2, 3], marker: 'triangle' },
  { color: '#7e22ce', dash: [10, 3, 2, 3], marker: 'rectRot' },
  { color: '#475569', dash: [4, 2, 1, 2, 1, 2], marker: 'star' },
] as const

/** Opaque: the same picture stands on the light and the dark background of every chat. */
export const PAPER = '#ffffff'
export const INK = '#0f172a'
export const FAINT_INK = '#475569'
export const GRID = '#e2e8f0'
export const PALE = '#a9c3f5'
export const DOTS = '#94a3b8'
export const MARK = '#b45309'

export const FAMILY = "Inter, 'DejaVu Sans'"
export const SIZES = { title: 19, subtitle: 14, label: 14, tick: 14 } as const

export function font(
  size: number,
  weight: 400 | 600 = 400,
): { family: string; size: number; weight: number } {
  return { family: FAMILY, size, weight }
}

export function seriesLook(index: number): (typeof SERIES)[number] {
  return SERIES[index % SERIES.length] ?? SERIES[0]
}
