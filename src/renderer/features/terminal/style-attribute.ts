// xterm's DOM renderer colours text by style attributes, which the CSP refuses; the same declarations set through the CSSOM are allowed.
// Only on <span>, of which it makes its rows.
const setAttribute = HTMLSpanElement.prototype.setAttribute
HTMLSpanElement.prototype.setAttribute = function (this: HTMLSpanElement, name: string, value: string) {
  if (name === 'style') this.style.cssText = value
  else setAttribute.call(this, name, value)
}
