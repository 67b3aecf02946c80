-- Sends every series to Semblance ("semblance" of "DicomModalities") when nothing has come for it for "StableAge" seconds.
-- Orthanc does it as a job, in the background; one that fails is among its jobs, and can be submitted again there.
function OnStableSeries(seriesId, tags, metadata)
  RestApiPost(
    '/modalities/semblance/store',
    DumpJson({ Resources = { seriesId }, Synchronous = false, Permissive = true })
  )
end
