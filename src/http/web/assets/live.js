// Keeps the part of the page marked data-live fresh: the server says when something changed, the page fetches it.
const target = document.querySelector('[data-live]')
if (target) {
  const events = new EventSource(target.dataset.events)
  let wanted = false
  let busy = false
  const refresh = async () => {
    wanted = true
    if (busy) return
    busy = true
    while (wanted) {
      wanted = false
      const answer = await fetch(target.dataset.live, { headers: { accept: 'text/html' } }).catch(
        () => undefined,
      )
      if (!answer?.ok) continue
      target.innerHTML = await answer.text()
      document.dispatchEvent(new Event('refreshed'))
    }
    busy = false
  }
  events.addEventListener('changed', () => void refresh())
}
