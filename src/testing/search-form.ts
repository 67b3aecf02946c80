/**
 * The form of a search as the API takes it.
 * @param query as `QuerySchema` of the contract has it; a text is sent as it is, also when it is no JSON
 * @param files contents of the picture files that parts of the query name by number
 */
export function searchForm(query: unknown, ...files: Uint8Array[]): FormData {
  const form = new FormData();
  form.set('query', typeof query === 'string' ? query : JSON.stringify(query));
  for (const file of files) form.append('file', new File([new Uint8Array(file)], 'picture'));
  return form;
}
