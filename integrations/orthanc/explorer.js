// The button "Similar cases" of Orthanc Explorer, which runs this with the address of Semblance's page. The UID of the image
// stands behind "#", so that no server is told it in an address.
(page) => {
  /** The instance in the middle of a series, where that is known to have an order; else its first. */
  const middleOf = (series) =>
    fetch(`../series/${series}/ordered-slices`)
      .then((answer) => answer.json())
      .then(({ SlicesShort: slices }) => slices[slices.length >> 1][0])
      .catch(() =>
        fetch(`../series/${series}`)
          .then((answer) => answer.json())
          .then(({ Instances: instances }) => instances[0]),
      );

  /** What each page shows now; an answer that comes late is of something else. */
  const shown = {};

  const show = async (level, orthancId) => {
    shown[level] = orthancId;
    document.getElementById(`semblance-${level}`)?.remove();
    const instance = level === 'series' ? await middleOf(orthancId) : orthancId;
    const answer = await fetch(`../instances/${instance}`);
    const { MainDicomTags: tags } = await answer.json();
    if (shown[level] !== orthancId) return;
    const link = document.createElement('a');
    link.id = `semblance-${level}`;
    link.textContent = 'Similar cases';
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    link.href = `${page}#instance=${tags.SOPInstanceUID}`;
    document.getElementById(`semblance-${level}`)?.remove();
    const after = document.getElementById(`${level}-info`);
    after.parentNode.insertBefore(link, after.nextSibling);
    $(link).buttonMarkup({ icon: 'search', mini: false });
  };

  for (const level of ['series', 'instance']) {
    $(document).on('pagebeforeshow', `#${level}`, () => {
      const id = $.mobile.pageData?.uuid;
      if (id) show(level, id);
    });
  }
};
