import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { GlobalFonts } from '@napi-rs/canvas'

const INTER = ['latin', 'latin-ext', 'greek', 'cyrillic'].flatMap((script) =>
  [400, 600].map((weight) => `@fontsource/inter/files/inter-${script}-${weight}-normal.woff2`),
)
/** Arrows, subscripts, signs of mathematics: what Inter's files do not have. */
const DEJAVU = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => `dejavu-fonts-ttf/ttf/${name}`)

let ready = false

/**
 * Makes the fonts that come with the packages known, once in a thread.
 * @throws Error without them: text would be missing from every picture, and nothing would say so
 */
export function prepareFonts(): void {
  if (ready) return
  register(INTER, 'Inter')
  register(DEJAVU, 'DejaVu Sans')
  for (const family of ['Inter', 'DejaVu Sans']) {
    if (!GlobalFonts.has(family))
      throw new Error(`The font ${family} could not be loaded: charts would have no text.`)
  }
  ready = true
}

function register(files: string[], family: string): void {
  const require = createRequire(import.meta.url)
  for (const file of files) GlobalFonts.register(readFileSync(require.resolve(file)), family)
}
