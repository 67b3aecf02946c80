/**
 * The one list of every error Semblance reports to a user. `docs/errors.md` is generated from it.
 *
 * `status` is the HTTP status of the problem document; `advice` says what to do about it.
 */
export const ERRORS = {
  // Pictures
  IMAGE_NOT_FOUND: {
    status: 404,
    title: 'Image not found',
    advice: 'Check the path or the image id; index the folder again if the file has moved.',
  },
  IMAGE_EMPTY: {
    status: 422,
    title: 'Image file is empty',
    advice: 'The file has 0 bytes: copy it again from its source.',
  },
  IMAGE_NOT_RECOGNISED: {
    status: 415,
    title: 'Not an image Semblance can read',
    advice: 'Use DICOM, PNG, JPEG, WebP, TIFF or BMP. The content decides, not the file name.',
  },
  IMAGE_UNSUPPORTED: {
    status: 415,
    title: 'Variant of an image format is not supported',
    advice:
      'The file may be whole: save it with another program as PNG or uncompressed TIFF. docs/pictures.md lists what is read.',
  },
  IMAGE_DAMAGED: {
    status: 422,
    title: 'Image is damaged or truncated',
    advice:
      'The decoder stopped before the end of the picture: copy the file again from its source.',
  },
  IMAGE_CHANGED: {
    status: 409,
    title: 'Image file has changed since it was indexed',
    advice: 'Run `semblance index` again, so that the collection knows the new content.',
  },
  IMAGE_TOO_LARGE: {
    status: 413,
    title: 'Image has too many pixels',
    advice:
      'Reduce the image, or raise the limit with --max-pixels or --max-side if the file is trusted.',
  },
  IMAGE_TOO_COSTLY: {
    status: 422,
    title: 'Image takes too much time or memory',
    advice:
      'Reduce the image, or raise the limit with --max-seconds or --max-memory if the file is trusted.',
  },
  IMAGE_DECODER_ENDED: {
    status: 422,
    title: 'Image ended its decoder',
    advice:
      'The file makes the decoder fail: open it with another program and save it again. Other images are not affected.',
  },
  // DICOM
  DICOM_NOT_RECOGNISED: {
    status: 415,
    title: 'Not a DICOM file',
    advice:
      'The content decides, not the file name. docs/pictures.md lists which other pictures are read.',
  },
  DICOM_DAMAGED: {
    status: 422,
    title: 'DICOM file is damaged or truncated',
    advice:
      'What it promises is not in the file: fetch it again from its archive, or copy it again from its source.',
  },
  DICOM_UNSUPPORTED: {
    status: 415,
    title: 'Variant of DICOM is not supported',
    advice:
      'The file may be whole: convert it, for instance with `dcmconv` or `dcmdjpeg` of DCMTK. docs/dicom.md lists what is read.',
  },
  DICOM_NO_PIXELS: {
    status: 422,
    title: 'DICOM object has no picture',
    advice:
      'Reports, presentation states, waveforms, plans and directories are no pictures: leave it out, or choose the images that it refers to.',
  },
  DICOM_NOT_AN_IMAGE: {
    status: 422,
    title: 'DICOM object is no image',
    advice:
      'Choose an image: reports, presentation states, segmentations and waveforms are left out.',
  },
  DICOM_BURNED_IN: {
    status: 422,
    title: 'Names may be drawn into pictures',
    advice:
      'Look at these pictures before you give them away: the attributes say that something is drawn into them, or do not say that nothing is.',
  },
  PATHS_NAME_PATIENTS: {
    status: 422,
    title: 'Names of folders or files name patients',
    advice:
      'The collection and all output have pseudonyms in their place; `semblance locate` shows the path on the disk. Rename them if others see the disk.',
  },
  BURNED_IN_TEXT: {
    status: 422,
    title: 'Text is burned into the image',
    advice:
      'It is left out as it was asked for; --burned-in mask takes it with the text made black.',
  },
  BURNED_IN_TEXT_REMAINS: {
    status: 422,
    title: 'Burned-in text cannot be masked',
    advice:
      'Look at the image: text was found after it was masked, or none although the file says so. --burned-in warn takes it as it is.',
  },
  FRAMES_INVALID: {
    status: 400,
    title: 'Choice of frames cannot be read',
    advice: 'Write all, middle, key, every:10, or numbers and ranges like 1,5-9.',
  },
  WINDOW_INVALID: {
    status: 400,
    title: 'Window of grey values cannot be read',
    advice:
      'Write centre/width as 40/400, a usual window of CT (lung, bone, brain, soft-tissue), or file for that of the file.',
  },
  UPLOAD_TOO_LARGE: {
    status: 413,
    title: 'Upload is too large',
    advice: 'Send a smaller file, or start the server with a higher --max-upload.',
  },
  // Files and folders
  PATH_NOT_FOUND: {
    status: 404,
    title: 'File or folder not found',
    advice: 'Check the path.',
  },
  PATH_NOT_READABLE: {
    status: 403,
    title: 'File or folder may not be read',
    advice: 'Give the user that runs Semblance permission to read it.',
  },
  PATH_NOT_A_FILE: {
    status: 422,
    title: 'Not a file',
    advice: 'Name a file; folders, pipes, sockets and devices are not read as one.',
  },
  PATH_NOT_UTF8: {
    status: 422,
    title: 'File name is not UTF-8',
    advice:
      'Rename it, for instance with `convmv -f latin1 -t utf8 --notest`; bytes that are no UTF-8 are shown as \\x and two digits.',
  },
  ARCHIVE_DAMAGED: {
    status: 422,
    title: 'Archive, or a member of it, is damaged',
    advice: 'Copy it again from its source; `unzip -t` tests it.',
  },
  ARCHIVE_UNSUPPORTED: {
    status: 415,
    title: 'Archive is packed in a way that is not read',
    advice:
      'Unpack it with another program and index the folder: encrypted members, archives of several parts, and other methods than deflate are not read.',
  },
  ARCHIVE_UNSAFE: {
    status: 422,
    title: 'Archive is not safe to read',
    advice:
      'It is made so that unpacking does harm: names that lead out of it, members that share their bytes or become endless.',
  },
  PATH_READ_ONLY: {
    status: 403,
    title: 'File or folder may not be written',
    advice: 'Choose a place that may be written, or mount it for writing.',
  },
  SOURCE_EMPTY: {
    status: 422,
    title: 'There is no picture to index',
    advice:
      'Nothing was changed. Check the path, and that its disk is mounted; DICOM, PNG, JPEG, WebP, TIFF and BMP are read, whatever their names.',
  },
  DATA_NOT_PRIVATE: {
    status: 500,
    title: 'Others on this machine may read the data',
    advice: 'Its owner has to run the `chmod` command that the message gives.',
  },
  TOO_MANY_FILES: {
    status: 503,
    title: 'System has no free file descriptor',
    advice:
      'Try again in a moment; raise the limit of the system (`ulimit -n`) or serve fewer connections (--max-connections).',
  },
  DISK_FULL: {
    status: 507,
    title: 'No space left on the disk',
    advice: 'Free some space and run the same command again: it goes on where it stopped.',
  },
  CSV_INVALID: {
    status: 422,
    title: 'CSV cannot be used',
    advice: 'Correct what the message names; the first line of a CSV must name its columns.',
  },
  // Rows of a data set
  ROW_INVALID: {
    status: 422,
    title: 'Row cannot be used',
    advice: 'Correct the row, or leave it out: the others are used.',
  },
  ROW_SPLIT_UNKNOWN: {
    status: 422,
    title: 'Row belongs to no known split',
    advice: 'Write train, val or test into the column "split".',
  },
  ROW_NO_LABEL: {
    status: 422,
    title: 'Row has no label',
    advice: 'Set one label to 1, or leave the row out.',
  },
  ROW_VALUE_UNKNOWN: {
    status: 422,
    title: 'Value of a label is neither 0 nor 1',
    advice:
      'Correct the value, or leave it blank; docs/datasets.md lists the ways of writing 0 and 1.',
  },
  ROW_CONTRADICTS: {
    status: 422,
    title: 'Rows of one file contradict each other',
    advice: 'The first row counts: correct the others.',
  },
  ROW_SEVERAL_LABELS: {
    status: 422,
    title: 'Row has several labels',
    advice: 'The protocol takes images with exactly one label: leave the row out or choose one.',
  },
  ROW_REPEATED: {
    status: 422,
    title: 'File is named by several rows',
    advice: 'Only the first row counts: remove the others.',
  },
  ROW_REPEATED_IN_SPLITS: {
    status: 422,
    title: 'File is in several splits',
    advice: 'Only the first row counts; keep the file in one split, or results are too good.',
  },
  // Collections
  HOME_UNUSABLE: {
    status: 500,
    title: 'Folder of the collections cannot be used',
    advice: 'Name another with --home or SEMBLANCE_HOME, or correct what the message says.',
  },
  HOME_READ_ONLY: {
    status: 403,
    title: 'Collection cannot be written',
    advice:
      'Searching needs no more. To change it, give the user that runs Semblance permission to write the folder, or choose another with --home.',
  },
  COLLECTION_NOT_FOUND: {
    status: 404,
    title: 'No such collection',
    advice: 'List the collections with `semblance collections`; make one with `semblance index`.',
  },
  COLLECTION_EXISTS: {
    status: 409,
    title: 'There is such a collection already',
    advice: 'Choose another name; `semblance collections` lists those there are.',
  },
  COLLECTION_NAME_INVALID: {
    status: 400,
    title: 'Collection name is not allowed',
    advice:
      'Use 1 to 64 letters, digits, dots, dashes or underscores, and start with a letter or digit.',
  },
  COLLECTION_TOO_NEW: {
    status: 409,
    title: 'Collection was made by a newer version',
    advice: 'Update Semblance; nothing in the collection was changed.',
  },
  COLLECTION_DAMAGED: {
    status: 500,
    title: 'Collection file is damaged',
    advice:
      'Run `semblance check`; restore it from a backup, or index the images again into a new collection.',
  },
  COLLECTION_BUSY: {
    status: 409,
    title: 'Collection is being written by another process',
    advice: 'Wait for the other `semblance index` to end, or stop it, then run again.',
  },
  COLLECTION_EMPTY: {
    status: 409,
    title: 'Nothing to search in',
    advice: 'Run `semblance index` with this encoder first, or choose other images with filters.',
  },
  BACKUP_INVALID: {
    status: 422,
    title: 'Not a whole backup',
    advice:
      'It was cut off or changed: take another one, or make it again with `semblance backup make`. docs/deployment.md tells how.',
  },
  BACKUP_TARGET_TAKEN: {
    status: 409,
    title: 'Something is there already',
    advice:
      'Name a folder that is not there yet; `semblance backup restore --replace` puts what is there aside.',
  },
  WORKER_ENDED: {
    status: 500,
    title: 'Worker ended unexpectedly',
    advice:
      'The image, its size or the memory may be too much for the decoder or the encoder: index it alone to see.',
  },
  // Encoders
  ENCODER_NOT_FOUND: {
    status: 404,
    title: 'No such encoder',
    advice: 'List the encoders with `semblance encoders`, or name a JSON file that describes one.',
  },
  ENCODER_INVALID: {
    status: 422,
    title: 'Encoder description cannot be used',
    advice: 'Correct the JSON file; docs/encoders.md explains every field.',
  },
  ENCODER_DAMAGED: {
    status: 500,
    title: 'Description of an encoder in the collection is damaged',
    advice:
      'Run `semblance index -e <name>` with the encoder, or import its embeddings again: that renews the description, and the embeddings stay. Other encoders are not affected.',
  },
  ENCODER_INCOMPLETE: {
    status: 409,
    title: 'Not every image has an embedding of the encoder',
    advice:
      'Run `semblance index --again -e <name>` first, or add --incomplete: images without an embedding are not found.',
  },
  ENCODER_CHANGED: {
    status: 409,
    title: 'Encoder has changed since the collection was indexed',
    advice: 'Run `semblance index` again with the encoder as it is now; the images stay.',
  },
  ENCODER_FAILED: {
    status: 500,
    title: 'Encoder failed',
    advice: 'Check that the model file matches its description (input name, layout, size, output).',
  },
  TEXT_NOT_SUPPORTED: {
    status: 422,
    title: 'Encoder cannot encode text',
    advice: 'Choose an encoder with a text tower (--encoder), and index the images with it first.',
  },
  TOKENIZER_INVALID: {
    status: 422,
    title: 'Tokenizer cannot be read',
    advice: 'Fetch its files again from the official source; docs/encoders.md names them.',
  },
  ENCODER_IMPORTED: {
    status: 409,
    title: 'Encoder has no model here',
    advice:
      'Only its embeddings were imported: search by an image of the collection, or index with an encoder that is installed.',
  },
  // Checkpoints
  CHECKPOINT_INVALID: {
    status: 422,
    title: 'Checkpoint cannot be read',
    advice: 'The file is damaged or of another format: fetch it again from its official source.',
  },
  CHECKPOINT_UNSAFE: {
    status: 422,
    title: 'Checkpoint would run code',
    advice: 'Do not open this file with other tools either; ask its authors for safetensors.',
  },
  CHECKPOINT_INCOMPLETE: {
    status: 422,
    title: 'Checkpoint lacks tensors of this encoder',
    advice: 'Check that the file belongs to the encoder that it is added as.',
  },
  CHECKPOINT_UNSUPPORTED: {
    status: 422,
    title: 'Model asks for what cannot be compiled',
    advice:
      'docs/models.md says what can be; another model of the family, or its weights as plain floats, may do.',
  },
  CHECKPOINT_AMBIGUOUS: {
    status: 422,
    title: 'Checkpoint holds more than one model',
    advice: 'Say which one is meant: --prefix and what the names of its tensors begin with.',
  },
  // Embeddings of other programs
  EMBEDDINGS_INVALID: {
    status: 422,
    title: 'File of embeddings cannot be read',
    advice: 'The file is damaged or not what its name says: copy or export it again.',
  },
  EMBEDDINGS_UNSUPPORTED: {
    status: 415,
    title: 'Kind of embedding file is not supported',
    advice: 'docs/exchange.md lists the formats; convert the file to one of them.',
  },
  EMBEDDING_UNUSABLE: {
    status: 422,
    title: 'Embedding was left out',
    advice: 'Encode this image again with the program that wrote the file.',
  },
  EMBEDDING_REPEATED: {
    status: 422,
    title: 'Path has more than one embedding',
    advice: 'The first one is used; remove the other if it is the right one.',
  },
  EMBEDDING_MISSING: {
    status: 422,
    title: 'Image has no embedding',
    advice: 'Check that the paths of the data set are those of the embeddings.',
  },
  // Benchmark
  CONFIG_INVALID: {
    status: 422,
    title: 'Configuration of a benchmark cannot be used',
    advice: 'Correct the named field; docs/benchmark.md explains each one.',
  },
  NEIGHBOURS_INVALID: {
    status: 422,
    title: 'Table of neighbours does not fit the images',
    advice: 'Use the table that was made with these CSVs, or compute the neighbours again.',
  },
  SPLIT_EMPTY: {
    status: 422,
    title: 'Split has no image',
    advice: 'Give train, val and test images that have an embedding and a label of the index.',
  },
  CLASS_NOT_MEASURED: {
    status: 422,
    title: 'Class cannot be measured',
    advice: 'Add images of it to the named split, or leave the label out.',
  },
  SCORE_UNDEFINED: {
    status: 422,
    title: 'Score is not defined on these images',
    advice: 'Give every class images in every split, or run the corrected protocol.',
  },
  ANALYSIS_IMPOSSIBLE: {
    status: 422,
    title: 'Analysis cannot be made of this data',
    advice: 'Correct what the message names, give more images or classes, or leave it out.',
  },
  CALIBRATION_IMPOSSIBLE: {
    status: 422,
    title: 'Similarities cannot be calibrated',
    advice:
      'docs/calibration.md says which labelled images are needed; add some, or name another field.',
  },
  ADAPT_IMPOSSIBLE: {
    status: 422,
    title: 'Encoder cannot be adapted',
    advice: 'docs/adapt.md says which labelled images are needed; correct what the message names.',
  },
  CALIBRATION_DAMAGED: {
    status: 500,
    title: 'Calibration in the collection is damaged',
    advice:
      'Run `semblance calibrate -e <name>` again, which makes it anew; until then search with another encoder.',
  },
  CALIBRATION_NOT_FOUND: {
    status: 404,
    title: 'Encoder is not calibrated in this collection',
    advice: 'Run `semblance calibrate` first.',
  },
  MAP_NOT_FOUND: {
    status: 404,
    title: 'There is no map of this encoder in this collection',
    advice: 'Run `semblance map` first, or begin the task `map`.',
  },
  // Hub
  HUB_UNREACHABLE: {
    status: 502,
    title: 'Hub cannot be reached',
    advice:
      'Check the address (--endpoint, SEMBLANCE_HUB, HF_ENDPOINT) and the proxy (HTTPS_PROXY), then run the same command again: it goes on where it stopped.',
  },
  HUB_FORBIDDEN: {
    status: 403,
    title: 'Hub does not give access to the model',
    advice: 'Ask for access with your account, and give its token by HF_TOKEN or --token-file.',
  },
  HUB_NOT_FOUND: {
    status: 404,
    title: 'Hub does not have the model',
    advice: 'Check repository, revision and file names of the template, or add local files.',
  },
  HUB_CHECKSUM: {
    status: 502,
    title: 'File from the hub is not the promised one',
    advice: 'It was discarded: run the command again, or use another hub or proxy.',
  },
  HUB_OFFLINE: {
    status: 409,
    title: 'Model is not on this machine and the network may not be used',
    advice:
      'Run without --offline and SEMBLANCE_OFFLINE, or add local files with `semblance models add`.',
  },
  // Search engine
  ENGINE_UNAVAILABLE: {
    status: 503,
    title: 'Search engine does not answer',
    advice:
      'Check that its nodes run and that --engine names them; nothing is lost. Without --engine the embedded index searches.',
  },
  ENGINE_REFUSED: {
    status: 502,
    title: 'Search engine refused the request',
    advice:
      "The message is the engine's own. Check the API key in SEMBLANCE_ENGINE_KEY and what its user may do.",
  },
  ENGINE_OUTDATED: {
    status: 409,
    title: 'Search engine does not hold this state of the collection',
    advice: 'Run `semblance engine push`; without --engine the embedded index searches.',
  },
  ENGINE_LAYOUT: {
    status: 409,
    title: 'Collection in the search engine was made in another way',
    advice: 'Make it anew with `semblance engine push --replace`.',
  },
  ENGINE_MISMATCH: {
    status: 500,
    title: 'Search engine does not hold what was sent',
    advice: 'Run `semblance engine push` again: it sends what is missing and verifies everything.',
  },
  // PACS
  PACS_ADDRESS_INVALID: {
    status: 400,
    title: 'Address of a PACS cannot be used',
    advice:
      'Give it as dicomweb+https://host/path or dimse://TITLE@host:port, with what limits it to some studies behind a question mark; user and password go into the fields of the form, or into the environment (docs/pacs.md).',
  },
  PACS_UNAVAILABLE: {
    status: 503,
    title: 'PACS does not answer',
    advice:
      'Check its address, the network and the proxy, then run the same command again: it goes on where it stopped.',
  },
  PACS_HOST_UNKNOWN: {
    status: 502,
    title: 'Host of the PACS is not known',
    advice:
      'Check how its name is spelled, and that this machine is in the network that knows it; its IP address may do in place of the name.',
  },
  PACS_NOT_LISTENING: {
    status: 502,
    title: 'Nothing listens at the address of the PACS',
    advice:
      'Check host and port, and that the PACS runs and lets this machine through its firewall.',
  },
  PACS_NOT_TRUSTED: {
    status: 502,
    title: 'Certificate of the PACS is not trusted',
    advice:
      'Ask who runs it for the certificate of the authority that signed its own, and name that file in SEMBLANCE_DICOMWEB_CA (docs/pacs.md); check also that the host is called in the address as in its certificate.',
  },
  PACS_REFUSED: {
    status: 502,
    title: 'PACS refuses access',
    advice:
      'Check user and password or token in the form, or user, password, token and certificate in the environment (docs/pacs.md).',
  },
  PACS_SECRET_INVALID: {
    status: 400,
    title: 'User, password or token cannot be used',
    advice: 'A user name has no colon, a token no blanks; give one of both (docs/pacs.md).',
  },
  PACS_ANSWER_INVALID: {
    status: 502,
    title: 'PACS answers in a way that cannot be used',
    advice:
      'Check that the address is that of its DICOMweb service (often it ends with /dicom-web or /rs), and no page of it.',
  },
  PACS_INSTANCE_GONE: {
    status: 404,
    title: 'PACS does not have the instance',
    advice: 'It was removed there, or the address is not that of its DICOMweb service.',
  },
  INSTANCE_NOT_FOUND: {
    status: 404,
    title: 'DICOM instance is not known',
    advice:
      'Index it, or name the collection that has it. A picture that is no DICOM has no UIDs by which it could be named.',
  },
  NOTHING_TO_REFER_TO: {
    status: 422,
    title: 'No result can be referred to',
    advice:
      'A DICOM document refers to DICOM instances: search in a collection that has some, or ask for more results (-k).',
  },
  PACS_STORE_REFUSED: {
    status: 502,
    title: 'PACS does not take what is sent',
    advice:
      'The reason is one of PS3.4 annex B.2.3 and PS3.18 table 10.5.3-1: look whether the PACS takes documents of this class, and may be written to.',
  },
  VIEWER_UNKNOWN: {
    status: 404,
    title: 'No viewer is known',
    advice: 'Start the server with `semblance serve --viewer-url` (docs/pacs.md).',
  },
  DICOMWEB_OFF: {
    status: 403,
    title: 'UIDs are not given away by this server',
    advice:
      'Start it with `semblance serve --dicom-web`, if whoever reaches it may see the UIDs of studies; documents need `--dicom-web patients` (docs/pacs.md).',
  },
  SENDING_OFF: {
    status: 404,
    title: 'This server sends no documents',
    advice: 'Start it with `semblance serve --send-to` and the address of a PACS (docs/pacs.md).',
  },
  // Objects that are sent here
  OBJECT_INVALID: {
    status: 409,
    title: 'Object that was sent cannot be taken',
    advice:
      'Whoever sent it has to send it as it is named: with the UIDs of its own data set, in a transfer syntax that is read here (docs/receiving.md).',
  },
  RECEIVED_FULL: {
    status: 507,
    title: 'No room for objects that are sent',
    advice:
      'Raise --max-received or free the disk; what was not confirmed is sent again by whoever sent it (docs/receiving.md).',
  },
  RECEIVING_OFF: {
    status: 404,
    title: 'Nothing is received here',
    advice: 'Start the server with --receive and the name of a collection (docs/receiving.md).',
  },
  // Who may do what
  LOGIN_REQUIRED: {
    status: 401,
    title: 'It is not known who asks',
    advice: 'Log in on the page, or send a key: `Authorization: Bearer <key>` (docs/security.md).',
  },
  LOGIN_REFUSED: {
    status: 401,
    title: 'Login refused',
    advice:
      'Check both. Who runs the server can set a new password with `semblance users password`, and lets in again whom it disabled.',
  },
  LOGIN_LOCKED: {
    status: 429,
    title: 'Too many wrong passwords',
    advice: 'Wait as long as the header Retry-After says; until then no password is tried.',
  },
  ROLE_MISSING: {
    status: 403,
    title: 'Not allowed to this user or key',
    advice: 'Ask who runs the server: `semblance users role` gives roles (docs/security.md).',
  },
  OPENID_OFF: {
    status: 404,
    title: 'This server knows no OpenID Connect provider',
    advice: 'Start it with --oidc-issuer (docs/security.md), or log in by a password.',
  },
  OPENID_UNAVAILABLE: {
    status: 503,
    title: 'OpenID Connect provider does not answer as it should',
    advice:
      'Try again, or log in by a password if you have one here. Who runs the server checks --oidc-issuer, and whether this machine reaches it and trusts its certificate (NODE_EXTRA_CA_CERTS).',
  },
  OPENID_STATE_INVALID: {
    status: 401,
    title: 'Login by the provider was not begun here, or long ago, or has ended already',
    advice: 'Begin it again on the page of this server, and let the browser keep its cookies.',
  },
  OPENID_REFUSED: {
    status: 401,
    title: 'OpenID Connect provider refused the login',
    advice:
      'Log in there with a user who may use this server; who runs the provider sees the reason in its log.',
  },
  OPENID_TOKEN_INVALID: {
    status: 401,
    title: 'What the OpenID Connect provider sent is not to be believed',
    advice:
      'Begin again. If it stays so, check --oidc-issuer, --oidc-client and the clocks of both machines; somebody in between may have changed it.',
  },
  OPENID_NO_ROLE: {
    status: 403,
    title: 'Known to the provider, and without a role here',
    advice:
      'Who runs the provider puts users into groups; who runs the server says by --oidc-role what each may do (docs/security.md).',
  },
  USER_OF_PROVIDER: {
    status: 409,
    title: 'User logs in by the OpenID Connect provider',
    advice:
      'Password and roles are set there. Here such a user can be kept out (`semblance users disable`) and removed.',
  },
  USER_NAME_INVALID: {
    status: 400,
    title: 'Not a name for a user or key',
    advice: 'Use up to 64 letters, digits, and . _ @ - after the first of them.',
  },
  USER_EXISTS: {
    status: 409,
    title: 'There is such a user already',
    advice: '`semblance users list` shows them.',
  },
  USER_NOT_FOUND: {
    status: 404,
    title: 'There is no such user',
    advice: '`semblance users list` shows them.',
  },
  PASSWORD_REFUSED: {
    status: 400,
    title: 'Password cannot be used',
    advice: 'Choose a longer one, for instance four words that have nothing to do with each other.',
  },
  LAST_ADMIN: {
    status: 409,
    title: 'Nobody would be admin of every collection',
    advice:
      'Add or make somebody else admin of every collection first. Who runs the server can do without: `semblance users` (docs/security.md).',
  },
  KEY_NOT_FOUND: {
    status: 404,
    title: 'There is no such key',
    advice: '`semblance keys list` shows them.',
  },
  SESSION_NOT_FOUND: {
    status: 404,
    title: 'There is no such session',
    advice: 'It may have ended. `semblance users sessions <name>` lists those that there are.',
  },
  AUDIT_NOT_WRITTEN: {
    status: 503,
    title: 'Audit log cannot be written',
    advice:
      'What must be logged is refused until it can: make room on the disk of the data directory, or let the server write there. docs/audit.md tells more.',
  },
  AUDIT_BROKEN: {
    status: 422,
    title: 'Audit log is not as it was written',
    advice:
      'Keep the file as it is, and compare it with a backup or with what `semblance audit export` wrote earlier. docs/audit.md tells more.',
  },
  // Requests
  WEBHOOK_INVALID: {
    status: 400,
    title: 'Webhook cannot be told',
    advice:
      'Name an address of https, or of http on this machine; remove others first where there are many.',
  },
  WEBHOOK_NOT_FOUND: {
    status: 404,
    title: 'There is no such webhook',
    advice: '`semblance webhooks list` and GET /api/v1/webhooks list those that there are.',
  },
  REQUEST_KEY_REUSED: {
    status: 422,
    title: 'Key was sent with another request',
    advice:
      'Give each request an Idempotency-Key of its own, and the same one when it is sent again as it was.',
  },
  REQUEST_UNDER_WAY: {
    status: 409,
    title: 'The same request is being answered',
    advice: 'Send it again a little later: it is answered then as the first one was.',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    advice:
      'Wait as long as the header Retry-After says; RateLimit tells beforehand how many are left. --max-requests and --max-stranger-requests say how many are answered (docs/serving.md).',
  },
  CHANGES_NOT_ALLOWED: {
    status: 403,
    title: 'Collections cannot be changed here',
    advice:
      'Others may reach this server, and nobody is asked who he is: add a user with `semblance users add` (docs/security.md), or start it with --allow-indexing.',
  },
  INDEXING_NOT_ALLOWED: {
    status: 403,
    title: 'Archives cannot be connected here',
    advice:
      'This server may be reached by others, so it writes nothing and contacts nobody unless it is started with --allow-indexing (docs/serving.md).',
  },
  TASK_NOT_FOUND: {
    status: 404,
    title: 'There is no such task',
    advice: '`semblance tasks list` and GET /api/v1/tasks list those that there are.',
  },
  TASK_STATE: {
    status: 409,
    title: 'Task is not in a state for that',
    advice:
      'One that waits or runs is paused or cancelled; one that was ended before its end is resumed.',
  },
  TASK_FILE_NOT_FOUND: {
    status: 404,
    title: 'The task has no such file',
    advice: 'Its result lists the files that it made; those of old tasks are removed with them.',
  },
  WORK_NOT_FOUND: {
    status: 404,
    title: 'The work is not held any more',
    advice:
      'Nothing is lost: its images go to another worker, or come again. Lease new work; say more often that the worker is at it.',
  },
  SERVER_UNREACHABLE: {
    status: 502,
    title: 'The server does not answer',
    advice:
      'Check --server, the network and, where its certificate is of an own authority, NODE_EXTRA_CA_CERTS; then start the worker again.',
  },
  TASK_LOST: {
    status: 500,
    title: 'Task was ended from outside, again and again',
    advice:
      'The memory of the machine may be too small for it, or somebody ends its process. It can be resumed; what is written stays.',
  },
  FOLDER_NOT_ALLOWED: {
    status: 403,
    title: 'Folder may not be read',
    advice:
      'Whoever starts the server says which folders it may be told to read: `semblance serve --allow-folder <path>`.',
  },
  REQUEST_INVALID: {
    status: 400,
    title: 'Request is not valid',
    advice: 'Correct the named parameter; /openapi.json describes every one.',
  },
  QUERY_INVALID: {
    status: 400,
    title: 'Filter query cannot be read',
    advice:
      'Correct it at the named place; docs/search-language.md explains it, for instance modality:CT -region:knee year>2019.',
  },
  FILTER_TOO_LARGE: {
    status: 400,
    title: 'Filter is too large',
    advice:
      'Ask in several requests, or by a field that many images share; docs/search-language.md names the limits.',
  },
  MEDIA_TYPE_NOT_SUPPORTED: {
    status: 415,
    title: 'Body is of another media type',
    advice: 'Send it as the media type that /openapi.json names for this address.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method is not allowed here',
    advice: 'Use one of the methods that the header Allow names.',
  },
  HEAD_TOO_LARGE: {
    status: 431,
    title: 'Address or headers of the request are too large',
    advice: 'Send long filters in the body: POST to /api/v1/collections/{collection}/search.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request came too slowly',
    advice:
      'Send it again over a faster connection; docs/serving.md names the limits and the options that raise them.',
  },
  REQUEST_ABANDONED: {
    status: 499,
    title: 'Client has gone',
    advice: 'Nobody waited for the answer any more, so the work was stopped.',
  },
  SERVER_BUSY: {
    status: 503,
    title: 'Server has too much to do',
    advice:
      'Ask again after the seconds in the header Retry-After; docs/serving.md names the limits and the options that raise them.',
  },
  REQUEST_CROSS_SITE: {
    status: 403,
    title: 'Request from another site refused',
    advice:
      'Open the page at the address that the server printed. Another page of yours is let in by --allow-origin (docs/serving.md).',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'No such address',
    advice: 'See /openapi.json for the addresses that exist.',
  },
  // Process
  PORT_IN_USE: {
    status: 500,
    title: 'Port is already in use',
    advice:
      'Choose another with --port, or with receive= in the address of a PACS, or stop the program that holds it.',
  },
  TLS_INVALID: {
    status: 500,
    title: 'Certificate or key cannot be used',
    advice:
      'Give --https-cert the certificate with those that it is signed by behind it, and --https-key its private key, both in PEM.',
  },
  PORT_NOT_ALLOWED: {
    status: 500,
    title: 'Address may not be listened on',
    advice: 'Choose a port above 1023 and an address of this machine.',
  },
  HOST_NOT_PRIVATE: {
    status: 500,
    title: 'Address can be reached from other machines',
    advice:
      'Nobody would be asked who he is. For the page, make a user with `semblance users add`, or name an OpenID Connect provider (docs/security.md), or leave --host out and use an SSH tunnel (docs/serving.md); DIMSE takes --tls-ca (docs/receiving.md). In a network that you trust, add --insecure.',
  },
  SETTINGS_INVALID: {
    status: 400,
    title: 'Settings of a server cannot be used',
    advice: 'Correct them: `semblance config check` tries them, docs/configuration.md lists them.',
  },
  USAGE: {
    status: 400,
    title: 'Command line is not valid',
    advice: 'See `semblance help`.',
  },
  INTERNAL: {
    status: 500,
    title: 'Unexpected error',
    advice: 'This is a defect: please report it with the command that led to it.',
  },
} as const satisfies Record<string, { status: number; title: string; advice: string }>;

/** A code of the registry. */
export type ErrorCode = keyof typeof ERRORS;
