import { createCanvas, loadImage } from '@napi-rs/canvas'

/** What a drawn picture shows, in CSS pixels from its left and top. */
export async function readPicture(png: Uint8Array) {
  const image = await loadImage(Buffer.from(png))
  const canvas = createCanvas(image.width, image.height)
  const ctx = canvas.getContext('2d')
  ctx.drawImage(image, 0, 0)
  return {
    width: image.width,
    height: image.height,
    /** The share of pixels that are clearly darker than paper, in per cent. */
    ink: (left: number, top: number, width: number, height: number): number => {
      const { data } = ctx.getImageData(left * 2, top * 2, width * 2, height * 2)
      let dark = 0
      for (let at = 0; at < data.length; at += 4) {
        if ((data[at] ?? 255) + (data[at + 1] ?? 255) + (data[at + 2] ?? 255) < 380) dark += 1
      }
      return (dark / (data.length / 4)) * 100
    },
    /** The pixels themselves, to be compared. */
    pixels: (left: number, top: number, width: number, height: number): string =>
      Buffer.from(ctx.getImageData(left * 2, top * 2, width * 2, height * 2).data).toString('base64'),
    /** Whether every pixel is opaque. */
    opaque: (): boolean => {
      const { data } = ctx.getImageData(0, 0, image.width, image.height)
      for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false
      return true
    },
  }
}
