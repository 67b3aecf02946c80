// Made from clients/openapi.json by generate.mjs; do not edit.

export interface paths {
    "/dicom-web/studies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Store instances (STOW-RS); they are indexed in the background */
        post: operations["storeInstances"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dicom-web/studies/{study}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Store instances of one study (STOW-RS) */
        post: operations["storeInstancesOfStudy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the collections are answered, and which of them cannot be opened */
        get: operations["getReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asks, what he may do, and whether strangers are answered */
        get: operations["getSession"];
        put?: never;
        /** Begins a session, whose cookie the answer sets */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/provider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Where a browser goes to log in by the OpenID Connect provider of the server */
        post: operations["beginOpenId"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/provider/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins a session, whose cookie the answer sets, with what the provider sent the browser back with */
        post: operations["finishOpenId"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the session */
        post: operations["logOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes the password of who is logged in, and ends his sessions */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where whoever asks is logged in; a key is nowhere */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends one of one’s own sessions */
        post: operations["endSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a user is logged in */
        get: operations["listUserSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/sessions/{id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends one session of a user */
        post: operations["endUserSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The users and their roles */
        get: operations["listUsers"];
        put?: never;
        /** Adds a user; the first one is admin of every collection */
        post: operations["addUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a user a role, in every collection or in some, or takes it away */
        post: operations["setUserRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets the password of another user, and ends his sessions */
        post: operations["setUserPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}/disabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets a user log in no more and ends his sessions, or lets him again */
        post: operations["setUserDisabled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a user, and ends his sessions */
        delete: operations["removeUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys, without their secrets; those that have ended, too */
        get: operations["listKeys"];
        put?: never;
        /** Makes a key for a program; its secret is told this once */
        post: operations["addKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a key; it holds no more from the next request on */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The collections */
        get: operations["listCollections"];
        put?: never;
        /** Makes an empty collection */
        post: operations["createCollection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/missing-embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Images without an embedding of an encoder, or of any of several that are fused */
        get: operations["listMissingEmbeddings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Values of the fields with their counts under a filter */
        get: operations["listFacets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The images in the plane, as the task `map` laid them out */
        get: operations["getMap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copies a collection as it is; it ends when nobody waits for it any more */
        post: operations["copyCollection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a collection another name, with roles in it and what was received for it */
        post: operations["renameCollection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a collection with roles in it and what was received for it */
        delete: operations["deleteCollection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of the images that match a filter */
        get: operations["listImages"];
        put?: never;
        /** Takes files (pictures, DICOM, ZIP archives of them), keeps them, and begins to index them */
        post: operations["addImages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One image */
        get: operations["getImage"];
        put?: never;
        post?: never;
        /** Takes an image out of the collection, with all that is stored of it; its file stays, unless it was received */
        delete: operations["removeImage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images/{id}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Gives an image labels in place of those of its folder or table; they stay when it is indexed again */
        put: operations["giveLabels"];
        post?: never;
        /** Forgets labels that were given: the next indexing reads those of folder or table again */
        delete: operations["forgetLabels"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images/{id}/unit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of the images of the same series or study, in their spatial order */
        get: operations["listUnit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images/{id}/viewer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The way to the image in the viewer that the server was told of */
        get: operations["openInViewer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images/{id}/thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A small WebP */
        get: operations["getThumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images/{id}/rendered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An 8-bit PNG in full size, as the encoder sees the image before resizing */
        get: operations["getRendered"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images/{id}/pixels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Samples in their own depth, little-endian; X-Width, X-Height, X-Channels, X-Bits, X-Frames (pictures in the file), and the window to show them with, X-Window-Low and X-Window-High; of a grey picture of DICOM what was measured, with X-Values: a PixelValues as JSON */
        get: operations["getPixels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/instances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The images of an instance of DICOM, whose UID stands in the body and in no address */
        post: operations["findInstance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/images/{id}/instance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the archive calls what an image shows; told by a server with --dicom-web alone */
        get: operations["getInstance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The images most similar to one of the collection, to a picture, which is not kept, to a text, or to several of them, with regions and marks of results */
        post: operations["search"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The result of a search as a Key Object Selection or a report of DICOM, which name the patient of the query; of a server with `--dicom-web patients` alone */
        post: operations["makeDocument"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/documents/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send these documents to the archive that the server was told of with `--send-to` */
        post: operations["sendDocuments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What makes an image like a query to an encoder, place by place: an aid, not a diagnosis */
        post: operations["explain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** An uploaded picture, which is not kept, as an 8-bit PNG as the encoders see it; X-Width and X-Height of the picture itself, X-Decoding: what decoding did, as JSON */
        post: operations["previewPicture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pixels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Of an uploaded picture, which is not kept: Samples in their own depth, little-endian; X-Width, X-Height, X-Channels, X-Bits, X-Frames (pictures in the file), and the window to show them with, X-Window-Low and X-Window-High; of a grey picture of DICOM what was measured, with X-Values: a PixelValues as JSON */
        post: operations["readPixels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pacs/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whether a PACS answers and lets one in, and else why not */
        post: operations["testPacs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pacs/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What indexing would take, counted for up to 30 seconds */
        post: operations["previewPacs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pacs/index": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins to index a PACS in the background; the same once more is the same task */
        post: operations["indexPacs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is done in the background, and whether this server takes anything to do from whoever asks */
        get: operations["listTasks"];
        put?: never;
        /** Begins something in the background; the same once more is the same task */
        post: operations["beginTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a task would do, found within 60 seconds; nothing is changed */
        post: operations["previewTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Server-sent events: `tasks` with the list as GET /api/tasks has it, at once and whenever it changes */
        get: operations["followTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a task is, and what came of it */
        get: operations["getTask"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file that a task made, by its name in the result */
        get: operations["getTaskFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a task for now, after what it has in hand */
        post: operations["pauseTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a task after what it has in hand; what is written stays */
        post: operations["cancelTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Goes on with a task that ended before its end */
        post: operations["resumeTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/folders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Folders of the server’s machine that may be indexed, and what lies in one */
        get: operations["listFolders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/encoders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What images can be encoded with here, and the published models that can be added */
        get: operations["listEncoders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/work": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Leases preprocessed pictures that wait to be encoded, without names, to a worker */
        post: operations["leaseWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/work/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The preprocessed pictures of leased work: 32-bit floats, little-endian, one after the other */
        get: operations["getWork"];
        put?: never;
        /** Stores the embeddings of leased work, as long as its lease is held */
        post: operations["finishWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/collections/{collection}/work/{id}/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that a worker is still at it */
        post: operations["renewWork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom is told of tasks that have ended, without what messages are signed by */
        get: operations["listWebhooks"];
        put?: never;
        /** Has an address told of each task that ends, by a POST of a WebhookMessage that is signed as Standard Webhooks has it */
        post: operations["addWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Tells an address nothing any more, also not what waits */
        delete: operations["removeWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is most similar to an instance of a collection, as DICOM JSON */
        get: operations["listSimilarInstances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dicom-web/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What is most similar to a picture or a DICOM object, which is not kept, as DICOM JSON */
        post: operations["listSimilarToFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    taskEnded: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What an address of a webhook is sent when a task has ended */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["WebhookMessage"];
                };
            };
            responses: {
                /** @description Any answer of 200 to 299: it was told */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        WebhookMessage: {
            /** @enum {string} */
            type: "task.done" | "task.failed" | "task.cancelled";
            timestamp: string;
            data: {
                task: number;
                /** @enum {string} */
                kind: "index" | "index-pacs" | "index-files" | "prune" | "remove" | "encode" | "calibrate" | "adapt" | "map" | "export" | "benchmark" | "add-encoder" | "copy-collection" | "rename-collection" | "delete-collection";
                collection: string | null;
                /** @description Those of its result */
                counts: {
                    [key: string]: number;
                };
                /** @description Why it failed */
                code: string | null;
            };
        };
        Query: {
            parts: ({
                /** @description An image of the collection */
                image: number;
                region?: components["schemas"]["Region"];
                /**
                 * @description Where series or studies are searched for: all images of its own
                 * @enum {string}
                 */
                whole?: "series" | "study";
                /** @description Which of several frames are searched with: all, middle, every:10, 1,5-9 */
                frames?: string;
                /**
                 * @description What is searched with, or a mark of a result as relevant (more) or not (less)
                 * @default query
                 * @enum {string}
                 */
                role?: "query" | "more" | "less";
                /**
                 * @description Among the parts of its role
                 * @default 1
                 */
                weight?: number;
            } | {
                /** @description Which of the files, from 0 */
                file: number;
                /** @description Which picture of the file, from 1; the first by default, and all where series or studies are searched for */
                frame?: number;
                /** @description Which of several frames are searched with: all, middle, every:10, 1,5-9 */
                frames?: string;
                region?: components["schemas"]["Region"];
                /**
                 * @description What is searched with, or a mark of a result as relevant (more) or not (less)
                 * @default query
                 * @enum {string}
                 */
                role?: "query" | "more" | "less";
                /**
                 * @description Among the parts of its role
                 * @default 1
                 */
                weight?: number;
            } | {
                /** @description What the images should show; the encoder needs a text tower */
                text: string;
                /**
                 * @description What is searched with, or a mark of a result as relevant (more) or not (less)
                 * @default query
                 * @enum {string}
                 */
                role?: "query" | "more" | "less";
                /**
                 * @description Among the parts of its role
                 * @default 1
                 */
                weight?: number;
            })[];
            /**
             * @description What is found: images, or series or studies by their images that match the filter. Those that have an image of the query are left out
             * @default image
             * @enum {string}
             */
            level?: "image" | "series" | "study";
            /**
             * @description How many neighbours
             * @default 24
             */
            k?: number;
            /** @description Encoder; several are fused (A,B or A:0.3,B:0.7), which ranks by the weighted mean of their similarities. By default the one of the collection */
            encoder?: string;
            /** @description Encoder, or several fused, whose answer is given beside */
            compare?: string;
            /**
             * @description field=value; a repeated field allows any of its values, all fields must match
             * @default []
             */
            filter?: string[];
            /**
             * @description A query of the search language, for instance modality:CT finding:"pleural effusion" -region:knee year>2019; it applies beside `filter`
             * @default
             */
            where?: string;
            /**
             * @description Leave out the images of the query's own patient, study or series
             * @default []
             */
            exclude?: ("patient" | "study" | "series")[];
            /**
             * @description Only the best image of each
             * @enum {string}
             */
            groupBy?: "patient" | "study" | "series";
            /** @description Lambda of maximal marginal relevance: 1 ranks by similarity alone, 0 by difference alone */
            diversify?: number;
            /**
             * @description How marks enter: by weights, or by a model fitted to them
             * @default rocchio
             * @enum {string}
             */
            feedback?: "rocchio" | "logistic";
        };
        /** @description A rectangle in pixels, after rotation */
        Region: {
            x: number;
            y: number;
            width: number;
            height: number;
        };
        PixelValues: {
            /** @description Of the picture when its pixels are square */
            width: number;
            height: number;
            /** @description slope * sample + intercept is the value; a sample of 0 is no part of the picture, and always black */
            slope: number;
            intercept: number;
            /** @description Whether values are those of the file; else they are rounded to 16 bits */
            exact: boolean;
            /** @description For instance HU */
            unit?: string;
            /** @description Whether usual windows of CT apply */
            hounsfield: boolean;
            /** @description Whether low values are white */
            inverted: boolean;
            /** @description Those of the file in its order, or the one it is shown in where it has none */
            windows: {
                /** @enum {string} */
                source: "file" | "given" | "preset" | "modality" | "range" | "full";
                center: number;
                width: number;
                /** @enum {string} */
                function: "LINEAR" | "LINEAR_EXACT" | "SIGMOID" | "TABLE";
                /** @description Of a table: greys from 0 to 255, from its lowest value to its highest */
                curve?: number[];
            }[];
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            code: string;
            advice: string;
        };
        Session: {
            /** @description Whether nothing is answered to strangers */
            required: boolean;
            /** @description Who is logged in */
            user: string | null;
            /** @description What whoever asks may do; null where everybody may do all */
            roles: {
                [key: string]: "viewer" | "editor" | "admin";
            } | null;
            /** @description Whether others reach the server and nobody is asked who he is */
            open: boolean;
            /** @description What the OpenID Connect provider is called by which one may log in, too */
            provider: string | null;
            /** @description Whether who is logged in came by a provider, and has no password here */
            provided: boolean;
        };
        Collection: {
            name: string;
            images: number;
            encoders: components["schemas"]["CollectionEncoder"][];
            /**
             * @description What is kept of whom images of DICOM are of; with `keep` it is to be hidden
             * @enum {string}
             */
            identity?: "pseudonymous" | "sealed" | "keep";
            /** @description Whether its DICOM images open in a viewer, at images/{id}/viewer */
            viewer?: boolean;
            /** @description Whether results of searches can be saved as documents of DICOM */
            documents?: boolean;
            /** @description Whether these documents can be sent to an archive that the server was told of */
            sends?: boolean;
            problem?: components["schemas"]["Problem"];
        };
        CollectionEncoder: {
            name: string;
            title: string;
            dimension: number;
            embeddings: number;
            /** @description Whether it answers when none is named; this one comes first */
            isDefault: boolean;
            /** @description Whether new pictures can be encoded with it here */
            available: boolean;
            /** @description Whether texts can be searched with here */
            text: boolean;
        };
        Image: {
            /** @description Number of the image in its collection */
            id: number;
            /** @description Path as indexed, relative to the indexed folder */
            path: string;
            /** @description Which picture of its file, from 1 */
            frame: number;
            /** @description SHA-256 of the file, in hexadecimal; of a further frame with a point and its number behind it */
            contentHash: string;
            /** @description Size of the file; null when it was never read */
            bytes: number | null;
            /** @description Width in pixels, after rotation; null when it was never read */
            width: number | null;
            /** @description Height in pixels, after rotation; null when it was never read */
            height: number | null;
            patient: string | null;
            study: string | null;
            series: string | null;
            labels: string[];
            /** @description Every other column, for instance modality and anatomic_region */
            metadata: {
                [key: string]: string;
            };
            /** @description What decoding did: format, bits, colour, rotation, intensity range; null when it was never read */
            decoding: {
                [key: string]: string | number | boolean;
            } | null;
        };
        Facet: {
            field: string;
            values: {
                value: string;
                count: number;
            }[];
            /** @description How many further values were left out */
            more: number;
        };
        CollectionMap: {
            collection: string;
            encoder: string;
            /** @description When, as ISO 8601 */
            made: string;
            /** @description Images that are laid out and are there still */
            points: number;
            /** @description Images that the encoder had seen then; more than `points`: it is a sample */
            of: number;
            /** @description Images that the encoder has seen by now */
            embeddings: number;
            /** @description Images that were laid out and are no longer there */
            gone: number;
            /** @description Whether embeddings have changed since: make it again */
            stale: boolean;
            /** @description Shares of the variance that the two axes of `pca` explain */
            explained: number[];
            /** @description What the groups are by */
            field: string;
            /** @description The groups with most images; several labels of an image are one group */
            values: {
                value: string;
                count: number;
            }[];
            /** @description Numbers of the images */
            ids: number[];
            /** @description Of each image the place of its group in `values`; -1: another value; -2: none */
            groups: number[];
            /** @description x and y of each image, one after the other, of five digits */
            umap: number[];
            /** @description x and y of each image, one after the other, of five digits */
            pca: number[];
        };
        ImageDetails: {
            /** @description Number of the image in its collection */
            id: number;
            /** @description Path as indexed, relative to the indexed folder */
            path: string;
            /** @description Which picture of its file, from 1 */
            frame: number;
            /** @description SHA-256 of the file, in hexadecimal; of a further frame with a point and its number behind it */
            contentHash: string;
            /** @description Size of the file; null when it was never read */
            bytes: number | null;
            /** @description Width in pixels, after rotation; null when it was never read */
            width: number | null;
            /** @description Height in pixels, after rotation; null when it was never read */
            height: number | null;
            patient: string | null;
            study: string | null;
            series: string | null;
            labels: string[];
            /** @description Every other column, for instance modality and anatomic_region */
            metadata: {
                [key: string]: string;
            };
            /** @description What decoding did: format, bits, colour, rotation, intensity range; null when it was never read */
            decoding: {
                [key: string]: string | number | boolean;
            } | null;
            /** @description What decoding did for encoders that saw another picture of it, for instance in a window of their own */
            seen: {
                encoder: string;
                decoding: {
                    [key: string]: string | number | boolean;
                };
            }[];
        };
        UnitImages: {
            /** @description How many images it has */
            total: number;
            /** @description Place of the first image of the page, from 0 */
            offset: number;
            images: components["schemas"]["Image"][];
            /** @enum {string} */
            level: "series" | "study";
            /** @description The series or study; null where it is not known, and the image stands for itself */
            name: string | null;
            /** @description Place of the image that was asked for, from 0 */
            at: number;
        };
        InstanceImages: {
            /** @description One of each collection that has it */
            images: {
                collection: string;
                image: components["schemas"]["Image"];
            }[];
        };
        InstanceUids: {
            /** @description Study Instance UID */
            study: string;
            /** @description Series Instance UID */
            series: string;
            /** @description SOP Instance UID */
            instance: string;
            /** @description Which frame of the instance, from 1 */
            frame: number;
        };
        SearchResult: {
            collection: string;
            encoder: string;
            /**
             * @description What was found
             * @enum {string}
             */
            level: "image" | "series" | "study";
            query: components["schemas"]["Image"] | null;
            /** @description The parts searched with, with the weight of each in the sum */
            parts: {
                /** @enum {string} */
                kind: "picture" | "folder" | "image" | "text";
                id: number | null;
                text: string | null;
                region: components["schemas"]["Region"] | null;
                /** @enum {string} */
                role: "query" | "more" | "less";
                weight: number;
            }[];
            /** @description What each series or study was compared with, those of one part in their spatial order; empty where images were found */
            queryFrames: {
                /** @description Which of `parts` it belongs to, from 0 */
                part: number;
                /** @description Its number in the collection */
                image: number | null;
                /** @description Which picture of its file it is, from 1; null for a text */
                frame: number | null;
                /** @description Its file, when a folder was named */
                name: string | null;
            }[];
            /** @description How marks entered and how many examples there were. By `logistic`, similarities are those to the direction of a model fitted to these examples */
            feedback: {
                /** @enum {string} */
                method: "rocchio" | "logistic";
                relevant: number;
                irrelevant: number;
            } | null;
            /** @description The texts searched with, and how many of their tokens were used */
            texts: {
                text: string;
                tokens: number;
                used: number;
            }[];
            /** @description How many images were compared, after filters and exclusions */
            candidates: number;
            /** @description Images without an embedding of the encoder, or of each that is fused */
            missingEmbeddings: number;
            /** @description Images of the same content as a picture searched with, apart from the results */
            copies: components["schemas"]["Image"][];
            calibration: components["schemas"]["Calibration"];
            /** @description Whether there is a good match; null without a calibration that can tell */
            verdict: {
                good: boolean;
                reason: string;
            } | null;
            /** @description What the request could not do as written, for instance compare values that are no dates */
            notes: string[];
            neighbours: components["schemas"]["Neighbour"][];
            milliseconds: {
                /** @description Decoding, preprocessing and encoding the query */
                encode: number;
                /** @description Comparing it with the collection */
                search: number;
            };
            comparison?: components["schemas"]["Comparison"];
        };
        /** @description Null without a calibration, and for other queries than one whole picture */
        Calibration: {
            /** @description What is shared: label, or a metadata field */
            field: string;
            /** @description Queries it was measured on */
            measuredOn: number;
            /** @description How far off the probabilities were there on average */
            expectedCalibrationError: number;
            /** @description Rate of errors that good matches keep */
            error: number;
            /** @description Chance that they keep it */
            confidence: number;
            /** @description Share of the measured queries with a good match */
            coverage: number;
            /** @description Share of these whose nearest image shared nothing */
            measuredError: number | null;
            made: string;
            /** @description Share of the images that have changed since */
            changed: number;
            /** @description Too many have changed to rely on it */
            stale: boolean;
        } | null;
        Neighbour: {
            /** @description 1 for the most similar */
            rank: number;
            /** @description Cosine similarity, -1 to 1; of a series or study the mean, over the frames searched with, of that of the most similar of its images */
            similarity: number;
            /** @description Calibrated probability that it shares a label with the query; absent where none was calibrated */
            probability?: number;
            /** @description The image found; of a series or study the one with the best match */
            image: {
                /** @description Number of the image in its collection */
                id: number;
                /** @description Path as indexed, relative to the indexed folder */
                path: string;
                /** @description Which picture of its file, from 1 */
                frame: number;
                /** @description SHA-256 of the file, in hexadecimal; of a further frame with a point and its number behind it */
                contentHash: string;
                /** @description Size of the file; null when it was never read */
                bytes: number | null;
                /** @description Width in pixels, after rotation; null when it was never read */
                width: number | null;
                /** @description Height in pixels, after rotation; null when it was never read */
                height: number | null;
                patient: string | null;
                study: string | null;
                series: string | null;
                labels: string[];
                /** @description Every other column, for instance modality and anatomic_region */
                metadata: {
                    [key: string]: string;
                };
                /** @description What decoding did: format, bits, colour, rotation, intensity range; null when it was never read */
                decoding: {
                    [key: string]: string | number | boolean;
                } | null;
            };
            /** @description Whether it seems to be the picture searched with, in another form */
            nearDuplicate: boolean;
            /** @description By groupBy, or of a series or study that was found: whom it stands for, and how many more of their images there are */
            group: {
                /** @enum {string} */
                level: "patient" | "study" | "series";
                name: string;
                more: number;
            } | null;
            /** @description Of a series or study: the image of it that is most similar to each frame searched with */
            matches?: {
                /** @description Which of `queryFrames`, from 0 */
                query: number;
                /** @description Number of the most similar image */
                image: number;
                /** @description Which picture of its file it is, from 1 */
                frame: number;
                similarity: number;
            }[];
        };
        /** @description The answer of the encoder to compare with, when one was named */
        Comparison: {
            encoder: string;
            /**
             * @description What was found
             * @enum {string}
             */
            level: "image" | "series" | "study";
            query: components["schemas"]["Image"] | null;
            /** @description The parts searched with, with the weight of each in the sum */
            parts: {
                /** @enum {string} */
                kind: "picture" | "folder" | "image" | "text";
                id: number | null;
                text: string | null;
                region: components["schemas"]["Region"] | null;
                /** @enum {string} */
                role: "query" | "more" | "less";
                weight: number;
            }[];
            /** @description What each series or study was compared with, those of one part in their spatial order; empty where images were found */
            queryFrames: {
                /** @description Which of `parts` it belongs to, from 0 */
                part: number;
                /** @description Its number in the collection */
                image: number | null;
                /** @description Which picture of its file it is, from 1; null for a text */
                frame: number | null;
                /** @description Its file, when a folder was named */
                name: string | null;
            }[];
            /** @description How marks entered and how many examples there were. By `logistic`, similarities are those to the direction of a model fitted to these examples */
            feedback: {
                /** @enum {string} */
                method: "rocchio" | "logistic";
                relevant: number;
                irrelevant: number;
            } | null;
            /** @description The texts searched with, and how many of their tokens were used */
            texts: {
                text: string;
                tokens: number;
                used: number;
            }[];
            /** @description How many images were compared, after filters and exclusions */
            candidates: number;
            /** @description Images without an embedding of the encoder, or of each that is fused */
            missingEmbeddings: number;
            /** @description Images of the same content as a picture searched with, apart from the results */
            copies: components["schemas"]["Image"][];
            calibration: components["schemas"]["Calibration"];
            /** @description Whether there is a good match; null without a calibration that can tell */
            verdict: {
                good: boolean;
                reason: string;
            } | null;
            /** @description What the request could not do as written, for instance compare values that are no dates */
            notes: string[];
            neighbours: components["schemas"]["Neighbour"][];
            milliseconds: {
                /** @description Decoding, preprocessing and encoding the query */
                encode: number;
                /** @description Comparing it with the collection */
                search: number;
            };
            /** @description Images that are among both results */
            shared: number;
            /** @description The rank of each neighbour of the first encoder here; null when it has none */
            ranks: (number | null)[];
            /** @description The rank of each neighbour here with the first encoder */
            otherRanks: (number | null)[];
        };
        SentDocuments: {
            kinds: ("key-objects" | "report")[];
            /** @description Results that they refer to */
            references: number;
            /** @description Results that they do not refer to, by reason */
            leftOut: {
                kind: string;
                count: number;
                examples: string[];
            }[];
        };
        Explanation: {
            /**
             * @description tokens: cosine similarity of a patch with the most similar patch of the other picture; occlusion: what the similarity loses when the place is covered with the mean colour
             * @enum {string}
             */
            method: "tokens" | "occlusion";
            encoder: string;
            similarity: number;
            query: components["schemas"]["PlaceMap"];
            result: components["schemas"]["PlaceMap"];
        };
        PlaceMap: {
            rows: number;
            columns: number;
            /** @description The part of the picture that the map covers, in the picture's pixels */
            area: {
                x: number;
                y: number;
                width: number;
                height: number;
            };
            /** @description Row by row; null where the encoder saw padding in place of the picture */
            values: (number | null)[];
        };
        PacsTest: {
            /** @description Its address, without what limits it to some studies */
            pacs: string;
            /** @enum {string} */
            kind: "dicomweb" | "dimse";
            /** @description How long it took to answer */
            milliseconds: number;
            /** @description Whether it has a study that the address means; null where that was not asked */
            hasStudies: boolean | null;
            /** @description Whether nobody on the way can read along */
            encrypted: boolean;
        };
        PacsPreview: {
            /** @description Its address, without what limits it to some studies */
            pacs: string;
            studies: number;
            /** @description Of the studies of which the PACS says how many */
            series: number;
            /** @description Of the studies of which the PACS says how many */
            instances: number;
            /** @description Of how many studies the PACS does not say how many there are */
            untold: {
                series: number;
                instances: number;
            };
            /** @description The most frequent first; a study may be of several */
            modalities: {
                modality: string;
                studies: number;
            }[];
            /** @description Days of the first and the last study, as 2024-01-31 */
            dates: {
                first: string;
                last: string;
            } | null;
            /** @description Studies of which the PACS says no day */
            undated: number;
            /** @description Of these studies, what the collection has already */
            known: {
                studies: number;
                images: number;
            };
            /** @description The first ones, by pseudonyms; known: images in the collection */
            examples: {
                patient: string | null;
                study: string;
                year: string | null;
                modalities: string[];
                instances: number | null;
                known: number;
            }[];
            /**
             * @description Why there may be more than was counted: enough studies, or time; null: all
             * @enum {string|null}
             */
            stopped: "studies" | "time" | null;
        };
        Task: {
            id: number;
            /** @enum {string} */
            kind: "index" | "index-pacs" | "index-files" | "prune" | "remove" | "encode" | "calibrate" | "adapt" | "map" | "export" | "benchmark" | "add-encoder" | "copy-collection" | "rename-collection" | "delete-collection";
            /**
             * @description waiting: for another one, or for its turn; interrupted: its process ended, and it needs to be let into its PACS again; that, paused, cancelled and failed can be resumed
             * @enum {string}
             */
            state: "waiting" | "running" | "paused" | "interrupted" | "cancelled" | "failed" | "done";
            /** @description Null where it is of none */
            collection: string | null;
            /** @description The folder, the address of the PACS without what limits it to some studies, the encoder, the file, or the other name */
            about: string | null;
            /** @description Whether it is limited to some studies or images */
            limited: boolean;
            /** @description Who began it: the user, or the number of the key; null where nobody was asked */
            actor: string | null;
            created: string;
            changed: string;
            progress: {
                /** @description What is counted: files that are found, images that are indexed, queries, fits, embeddings, bytes */
                unit: string;
                done: number;
                total: number | null;
                /** @description Of the whole task, where it has several parts and what they take is known: 0 to 1 */
                share: number | null;
                /** @description Studies that are through, once all are listed */
                studies: {
                    done: number;
                    total: number;
                } | null;
                skipped: number;
                /** @description Why some were skipped */
                reasons: {
                    code: components["schemas"]["ErrorCode"];
                    title: string;
                    count: number;
                }[];
                perSecond: number | null;
                secondsLeft: number | null;
            } | null;
            result: {
                /** @enum {string} */
                kind: "indexed";
                encoder: string;
                total: number;
                added: number;
                /** @description Known already */
                unchanged: number;
                /** @description Known, and read again or found at another place */
                changed: number;
                failed: number;
                /** @description Their files are gone */
                removed: number;
                /** @description Nobody can tell whether their files are gone */
                unclear: number;
                /** @description Images without an embedding of this encoder */
                missingEmbeddings: number;
                /** @description Whether it is the encoder that answers */
                isDefault: boolean;
                /** @description The first that were skipped, with reasons */
                failures: components["schemas"]["Error"][];
                /** @description A table of all that were skipped, where some were */
                files?: {
                    name: string;
                    bytes: number;
                }[];
                /** @description What is no picture, by kind */
                leftOut: {
                    kind: string;
                    count: number;
                }[];
                warnings: components["schemas"]["Error"][];
                /** @description What was guessed in reading a table */
                notes: string[];
            } | {
                /** @enum {string} */
                kind: "removed";
                removed: number;
                unclear: number;
            } | {
                /** @enum {string} */
                kind: "calibrated";
                encoder: string;
                field: string;
                queries: number;
                error: number;
                /** @description Share of queries that have a good match; null where none can be guaranteed */
                coverage: number | null;
            } | {
                /** @enum {string} */
                kind: "adapted";
                encoder: string;
                name: string;
                better: boolean;
                saved: boolean;
                used: boolean;
            } | {
                /** @enum {string} */
                kind: "mapped";
                encoder: string;
                points: number;
                /** @description More than `points`: it is a sample */
                of: number;
            } | {
                /** @enum {string} */
                kind: "exported";
                encoder: string;
                embeddings: number;
                dimension: number;
                excluded: number;
                files: {
                    name: string;
                    bytes: number;
                }[];
            } | {
                /** @enum {string} */
                kind: "benchmarked";
                k: number;
                /** @description Mean precision at k over the queries, the best first */
                ranking: {
                    name: string;
                    precision: number | null;
                }[];
                warnings: string[];
                excluded: number;
                failed: {
                    code: components["schemas"]["ErrorCode"];
                    title: string;
                    detail: string;
                    advice: string;
                    subject: string | null;
                    name: string;
                }[];
                files: {
                    name: string;
                    bytes: number;
                }[];
            } | {
                /** @enum {string} */
                kind: "added";
                encoder: string;
                dimension: number;
                notes: string[];
            } | {
                /** @enum {string} */
                kind: "collection";
                /** @description The collection that there is now; null where it was deleted */
                name: string | null;
                /** @description That it has, or had; null where it could not be read any more */
                images: number | null;
            } | null;
            /** @description Why it failed, or waits */
            error: {
                code: components["schemas"]["ErrorCode"];
                title: string;
                detail: string;
                advice: string;
                subject: string | null;
            } | null;
        };
        /** @enum {string} */
        ErrorCode: "IMAGE_NOT_FOUND" | "IMAGE_EMPTY" | "IMAGE_NOT_RECOGNISED" | "IMAGE_UNSUPPORTED" | "IMAGE_DAMAGED" | "IMAGE_CHANGED" | "IMAGE_TOO_LARGE" | "IMAGE_TOO_COSTLY" | "IMAGE_DECODER_ENDED" | "DICOM_NOT_RECOGNISED" | "DICOM_DAMAGED" | "DICOM_UNSUPPORTED" | "DICOM_NO_PIXELS" | "DICOM_NOT_AN_IMAGE" | "DICOM_BURNED_IN" | "PATHS_NAME_PATIENTS" | "BURNED_IN_TEXT" | "BURNED_IN_TEXT_REMAINS" | "FRAMES_INVALID" | "WINDOW_INVALID" | "UPLOAD_TOO_LARGE" | "PATH_NOT_FOUND" | "PATH_NOT_READABLE" | "PATH_NOT_A_FILE" | "PATH_NOT_UTF8" | "ARCHIVE_DAMAGED" | "ARCHIVE_UNSUPPORTED" | "ARCHIVE_UNSAFE" | "PATH_READ_ONLY" | "SOURCE_EMPTY" | "DATA_NOT_PRIVATE" | "TOO_MANY_FILES" | "DISK_FULL" | "CSV_INVALID" | "ROW_INVALID" | "ROW_SPLIT_UNKNOWN" | "ROW_NO_LABEL" | "ROW_VALUE_UNKNOWN" | "ROW_CONTRADICTS" | "ROW_SEVERAL_LABELS" | "ROW_REPEATED" | "ROW_REPEATED_IN_SPLITS" | "HOME_UNUSABLE" | "HOME_READ_ONLY" | "COLLECTION_NOT_FOUND" | "COLLECTION_EXISTS" | "COLLECTION_NAME_INVALID" | "COLLECTION_TOO_NEW" | "COLLECTION_DAMAGED" | "COLLECTION_BUSY" | "COLLECTION_EMPTY" | "BACKUP_INVALID" | "BACKUP_TARGET_TAKEN" | "WORKER_ENDED" | "ENCODER_NOT_FOUND" | "ENCODER_INVALID" | "ENCODER_DAMAGED" | "ENCODER_INCOMPLETE" | "ENCODER_CHANGED" | "ENCODER_FAILED" | "TEXT_NOT_SUPPORTED" | "TOKENIZER_INVALID" | "ENCODER_IMPORTED" | "CHECKPOINT_INVALID" | "CHECKPOINT_UNSAFE" | "CHECKPOINT_INCOMPLETE" | "CHECKPOINT_UNSUPPORTED" | "CHECKPOINT_AMBIGUOUS" | "EMBEDDINGS_INVALID" | "EMBEDDINGS_UNSUPPORTED" | "EMBEDDING_UNUSABLE" | "EMBEDDING_REPEATED" | "EMBEDDING_MISSING" | "CONFIG_INVALID" | "NEIGHBOURS_INVALID" | "SPLIT_EMPTY" | "CLASS_NOT_MEASURED" | "SCORE_UNDEFINED" | "ANALYSIS_IMPOSSIBLE" | "CALIBRATION_IMPOSSIBLE" | "ADAPT_IMPOSSIBLE" | "CALIBRATION_DAMAGED" | "CALIBRATION_NOT_FOUND" | "MAP_NOT_FOUND" | "HUB_UNREACHABLE" | "HUB_FORBIDDEN" | "HUB_NOT_FOUND" | "HUB_CHECKSUM" | "HUB_OFFLINE" | "ENGINE_UNAVAILABLE" | "ENGINE_REFUSED" | "ENGINE_OUTDATED" | "ENGINE_LAYOUT" | "ENGINE_MISMATCH" | "PACS_ADDRESS_INVALID" | "PACS_UNAVAILABLE" | "PACS_HOST_UNKNOWN" | "PACS_NOT_LISTENING" | "PACS_NOT_TRUSTED" | "PACS_REFUSED" | "PACS_SECRET_INVALID" | "PACS_ANSWER_INVALID" | "PACS_INSTANCE_GONE" | "INSTANCE_NOT_FOUND" | "NOTHING_TO_REFER_TO" | "PACS_STORE_REFUSED" | "VIEWER_UNKNOWN" | "DICOMWEB_OFF" | "SENDING_OFF" | "OBJECT_INVALID" | "RECEIVED_FULL" | "RECEIVING_OFF" | "LOGIN_REQUIRED" | "LOGIN_REFUSED" | "LOGIN_LOCKED" | "ROLE_MISSING" | "OPENID_OFF" | "OPENID_UNAVAILABLE" | "OPENID_STATE_INVALID" | "OPENID_REFUSED" | "OPENID_TOKEN_INVALID" | "OPENID_NO_ROLE" | "USER_OF_PROVIDER" | "USER_NAME_INVALID" | "USER_EXISTS" | "USER_NOT_FOUND" | "PASSWORD_REFUSED" | "LAST_ADMIN" | "KEY_NOT_FOUND" | "SESSION_NOT_FOUND" | "AUDIT_NOT_WRITTEN" | "AUDIT_BROKEN" | "WEBHOOK_INVALID" | "WEBHOOK_NOT_FOUND" | "REQUEST_KEY_REUSED" | "REQUEST_UNDER_WAY" | "RATE_LIMITED" | "CHANGES_NOT_ALLOWED" | "INDEXING_NOT_ALLOWED" | "TASK_NOT_FOUND" | "TASK_STATE" | "TASK_FILE_NOT_FOUND" | "WORK_NOT_FOUND" | "SERVER_UNREACHABLE" | "TASK_LOST" | "FOLDER_NOT_ALLOWED" | "REQUEST_INVALID" | "QUERY_INVALID" | "FILTER_TOO_LARGE" | "MEDIA_TYPE_NOT_SUPPORTED" | "METHOD_NOT_ALLOWED" | "HEAD_TOO_LARGE" | "REQUEST_TIMEOUT" | "REQUEST_ABANDONED" | "SERVER_BUSY" | "REQUEST_CROSS_SITE" | "ROUTE_NOT_FOUND" | "PORT_IN_USE" | "TLS_INVALID" | "PORT_NOT_ALLOWED" | "HOST_NOT_PRIVATE" | "SETTINGS_INVALID" | "USAGE" | "INTERNAL";
        Error: {
            code: components["schemas"]["ErrorCode"];
            title: string;
            detail: string;
            advice: string;
            subject: string | null;
        };
        TaskRequest: {
            /** @enum {string} */
            kind: "index";
            /** @description It is made when it is absent */
            collection: string;
            /** @description A folder, CSV, ZIP archive or DICOMDIR on the machine of the server */
            path: string;
            /** @description Name of an encoder; by default that of the collection, or the one without weights */
            encoder?: string;
            /** @description Which window deep pictures are seen in */
            window?: string;
            /** @description Which frames of DICOM objects are taken */
            frames?: string;
            /**
             * @description What is kept of whom they are of
             * @enum {string}
             */
            identity?: "pseudonymous" | "sealed" | "keep";
            /**
             * @description What is kept of when they were made
             * @enum {string}
             */
            dates?: "year" | "shifted";
            /**
             * @description What is done about text that is burned into pictures
             * @enum {string}
             */
            burnedIn?: "auto" | "off" | "warn" | "mask" | "skip";
            /** @description Takes hidden files and what systems leave behind, too */
            all?: boolean;
            /** @description Then remove the images of this folder whose files are gone */
            prune?: boolean;
        } | {
            /** @enum {string} */
            kind: "prune";
            /** @description Name of the collection */
            collection: string;
        } | {
            /** @enum {string} */
            kind: "remove";
            /** @description Name of the collection */
            collection: string;
            /** @description A repeated field allows any of its values, all fields must match */
            filter?: string[];
            /** @description A query of the search language; it applies beside `filter` */
            where?: string;
            /** @description Files and folders, as the collection lists them */
            paths?: string[];
        } | {
            /** @enum {string} */
            kind: "encode";
            /** @description Name of the collection */
            collection: string;
            /** @description Name of the encoder that all images of the collection are encoded with */
            encoder: string;
            /** @description Which window deep pictures are seen in */
            window?: string;
            /** @description Workers that ask this server encode the images, on other machines too: it waits for them, and encodes none itself */
            shared?: boolean;
            /** @description Then make it the one that answers, if every image has an embedding of it */
            use?: boolean;
        } | {
            /** @enum {string} */
            kind: "calibrate";
            /** @description Name of the collection */
            collection: string;
            /** @description Name of an encoder; by default that of the collection, or the one without weights */
            encoder?: string;
            /** @description Errors among good matches at the most; 0.1 by default */
            error?: number;
            /** @description What is shared: label by default, or a metadata field */
            field?: string;
        } | {
            /** @enum {string} */
            kind: "adapt";
            /** @description Name of the collection */
            collection: string;
            /** @description Name of an encoder; by default that of the collection, or the one without weights */
            encoder?: string;
            /** @description Name of the adapted encoder */
            name: string;
            /** @description What is shared: label by default, or a metadata field */
            field?: string;
            /** @description Save and use it also when it is not better */
            force?: boolean;
        } | {
            /** @enum {string} */
            kind: "map";
            /** @description Name of the collection */
            collection: string;
            /** @description Name of an encoder; by default that of the collection, or the one without weights */
            encoder?: string;
            /** @description Images at the most, 10,000 by default; of more, a random sample */
            points?: number;
        } | {
            /** @enum {string} */
            kind: "export";
            /** @description Name of the collection */
            collection: string;
            /** @description Name of an encoder; by default that of the collection, or the one without weights */
            encoder?: string;
            /** @enum {string} */
            format: "h5" | "index" | "npy" | "csv" | "parquet";
            /** @description Scales embeddings to length 1 */
            normalise?: boolean;
            /** @description A repeated field allows any of its values, all fields must match */
            filter?: string[];
            /** @description A query of the search language; it applies beside `filter` */
            where?: string;
        } | {
            /** @enum {string} */
            kind: "benchmark";
            /** @description A configuration file on the machine of the server; its paths are relative to it */
            configuration: string;
        } | {
            /** @enum {string} */
            kind: "add-encoder";
            /** @description A model of the catalogue, or the name of one that is built like it */
            name: string;
            /** @description The model of the catalogue that it is built like; `from` has its files */
            like?: string;
            /** @description Folder of its official files, or the weights’ file, on the machine of the server; without it they are fetched from the hub */
            from?: string;
            /** @enum {string} */
            precision?: "fp32" | "int8";
        } | {
            /** @enum {string} */
            kind: "copy-collection";
            /** @description Name of the collection */
            collection: string;
            /** @description Name that nothing has yet */
            to: string;
        } | {
            /** @enum {string} */
            kind: "rename-collection";
            /** @description Name of the collection */
            collection: string;
            /** @description Name that nothing has yet */
            to: string;
        } | {
            /** @enum {string} */
            kind: "delete-collection";
            /** @description Name of the collection */
            collection: string;
            /** @description The name of the collection once more; a preview needs none */
            confirm?: string;
        };
        TaskPreview: {
            /** @enum {string} */
            kind: "index" | "index-pacs" | "index-files" | "prune" | "remove" | "encode" | "calibrate" | "adapt" | "map" | "export" | "benchmark" | "add-encoder" | "copy-collection" | "rename-collection" | "delete-collection";
            /** @description That it would take, remove, encode or write; null where nobody knows it before */
            images: number | null;
            /** @description Of those, which the collection has already */
            known: number | null;
            /** @description Of the disk that it takes, or frees; null where nobody looked */
            bytes: number | null;
            /** @description What is no picture, by kind */
            leftOut: {
                kind: string;
                count: number;
            }[];
            /** @description The first of them */
            examples: string[];
            /** @description The first that cannot be taken */
            failures: components["schemas"]["Error"][];
            /** @description What else is to be known before */
            notes: string[];
        };
        FolderListing: {
            /** @description Null for the list of all that may be */
            path: string | null;
            parent: string | null;
            folders: {
                name: string;
                path: string;
            }[];
            /** @description CSVs, ZIP archives and DICOMDIRs */
            files: {
                name: string;
                path: string;
            }[];
            /** @description Further files */
            others: number;
            /** @description Whether there are more folders or files than are listed */
            cut: boolean;
        };
        EncoderChoices: {
            encoders: {
                name: string;
                title: string;
                dimension: number;
                /** @description Whether texts can be searched with */
                text: boolean;
            }[];
            models: {
                name: string;
                title: string;
                licence: string;
                /** @description Whether the hub asks for an account */
                gated: boolean;
                installed: boolean;
            }[];
        };
        LeasedWork: {
            /** @description Null where nothing can be leased now */
            work: {
                id: string;
                /** @description The worker has to have the same: its fingerprint says so */
                encoder: {
                    name: string;
                    fingerprint: string;
                    dimension: number;
                };
                /** @description Its description, as JSON; paths are of the server */
                definition: string;
                pictures: number;
                lease: number;
            } | null;
            /** @description Whether there is something that others have in hand */
            open: boolean;
        };
        FinishedWork: {
            /** @description Images that were ended, failed ones too */
            finished: number;
            /** @description Images that were given to another worker meanwhile: what came is thrown away */
            late: number;
        };
        Webhook: {
            id: number;
            /** @description Without a password that stands in it */
            url: string;
            /** @description How many ends of tasks it is still to be told */
            waiting: number;
            /** @description How the last one went: told, or why not; null before the first */
            last: string | null;
        };
        NewWebhook: {
            id: number;
            /** @description Without a password that stands in it */
            url: string;
            /** @description How many ends of tasks it is still to be told */
            waiting: number;
            /** @description How the last one went: told, or why not; null before the first */
            last: string | null;
            /** @description As Standard Webhooks has it: whsec_ and base64 */
            secret: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    storeInstances: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/related": Blob;
            };
        };
        responses: {
            /** @description All are kept: a data set with the Referenced SOP Sequence */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/dicom+json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Some are kept, others not: the Failed SOP Sequence says which, with the reasons */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/dicom+json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RECEIVING_OFF */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description OBJECT_INVALID */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_ABANDONED */
            499: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    storeInstancesOfStudy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Study Instance UID */
                study: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/related": Blob;
            };
        };
        responses: {
            /** @description All are kept: a data set with the Referenced SOP Sequence */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/dicom+json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description Some are kept, others not: the Failed SOP Sequence says which, with the reasons */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/dicom+json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RECEIVING_OFF */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description OBJECT_INVALID */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_ABANDONED */
            499: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        status: string;
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are, but for those with a problem */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ready";
                        /** @description Collections that cannot be opened; the others are answered */
                        problems: {
                            name: string;
                            problem: components["schemas"]["Problem"];
                        }[];
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    name: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description Who is logged in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: string;
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED, LOGIN_REFUSED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED, LOGIN_LOCKED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beginOpenId: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The address */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        url: string;
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description OPENID_OFF */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, OPENID_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    finishOpenId: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Of the address that it came back to */
                    query: string;
                };
            };
        };
        responses: {
            /** @description Who is logged in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: string;
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED, OPENID_STATE_INVALID, OPENID_REFUSED, OPENID_TOKEN_INVALID, LOGIN_REFUSED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, OPENID_NO_ROLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description OPENID_OFF */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, OPENID_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It has ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        user: null;
                        url: string | null;
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    old: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description Roles by collection; * stands for every collection */
                        roles: {
                            [key: string]: "viewer" | "editor" | "admin";
                        };
                        disabled: boolean;
                        created: number;
                        /** @description Issuer of the OpenID Connect provider by which he logs in, and which says what he may do; null where by a password */
                        provider: string | null;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID, PASSWORD_REFUSED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED, LOGIN_REFUSED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN, USER_EXISTS, USER_OF_PROVIDER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED, LOGIN_LOCKED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions that go on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The last one first */
                        sessions: {
                            id: number;
                            begun: number;
                            /** @description When it was last used, to a minute */
                            used: number;
                            /** @description What kind of browser it is, as it says itself; null where it is not known */
                            browser: string | null;
                            /** @description Whether it is the one that asks */
                            current: boolean;
                        }[];
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the session */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Once more; who logs in by a provider has none here */
                    password?: string;
                };
            };
        };
        responses: {
            /** @description The sessions that go on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The last one first */
                        sessions: {
                            id: number;
                            begun: number;
                            /** @description When it was last used, to a minute */
                            used: number;
                            /** @description What kind of browser it is, as it says itself; null where it is not known */
                            browser: string | null;
                            /** @description Whether it is the one that asks */
                            current: boolean;
                        }[];
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED, LOGIN_REFUSED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED, LOGIN_LOCKED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUserSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions that go on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The last one first */
                        sessions: {
                            id: number;
                            begun: number;
                            /** @description When it was last used, to a minute */
                            used: number;
                            /** @description What kind of browser it is, as it says itself; null where it is not known */
                            browser: string | null;
                            /** @description Whether it is the one that asks */
                            current: boolean;
                        }[];
                    };
                };
            };
            /** @description REQUEST_INVALID, USER_NAME_INVALID, PASSWORD_REFUSED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_EXISTS, USER_OF_PROVIDER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endUserSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user */
                user: string;
                /** @description Number of the session */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions that go on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The last one first */
                        sessions: {
                            id: number;
                            begun: number;
                            /** @description When it was last used, to a minute */
                            used: number;
                            /** @description What kind of browser it is, as it says itself; null where it is not known */
                            browser: string | null;
                            /** @description Whether it is the one that asks */
                            current: boolean;
                        }[];
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID, PASSWORD_REFUSED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_NOT_FOUND, SESSION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN, USER_EXISTS, USER_OF_PROVIDER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The users */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        users: {
                            name: string;
                            /** @description Roles by collection; * stands for every collection */
                            roles: {
                                [key: string]: "viewer" | "editor" | "admin";
                            };
                            disabled: boolean;
                            created: number;
                            /** @description Issuer of the OpenID Connect provider by which he logs in, and which says what he may do; null where by a password */
                            provider: string | null;
                        }[];
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    password: string;
                    /** @enum {string} */
                    role: "viewer" | "editor" | "admin" | "none";
                    collections?: string[];
                };
            };
        };
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description Roles by collection; * stands for every collection */
                        roles: {
                            [key: string]: "viewer" | "editor" | "admin";
                        };
                        disabled: boolean;
                        created: number;
                        /** @description Issuer of the OpenID Connect provider by which he logs in, and which says what he may do; null where by a password */
                        provider: string | null;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID, PASSWORD_REFUSED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN, USER_EXISTS, USER_OF_PROVIDER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setUserRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user */
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    role: "viewer" | "editor" | "admin" | "none";
                    collections?: string[];
                };
            };
        };
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description Roles by collection; * stands for every collection */
                        roles: {
                            [key: string]: "viewer" | "editor" | "admin";
                        };
                        disabled: boolean;
                        created: number;
                        /** @description Issuer of the OpenID Connect provider by which he logs in, and which says what he may do; null where by a password */
                        provider: string | null;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID, PASSWORD_REFUSED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN, USER_EXISTS, USER_OF_PROVIDER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setUserPassword: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user */
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                };
            };
        };
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description Roles by collection; * stands for every collection */
                        roles: {
                            [key: string]: "viewer" | "editor" | "admin";
                        };
                        disabled: boolean;
                        created: number;
                        /** @description Issuer of the OpenID Connect provider by which he logs in, and which says what he may do; null where by a password */
                        provider: string | null;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID, PASSWORD_REFUSED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN, USER_EXISTS, USER_OF_PROVIDER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setUserDisabled: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user */
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    disabled: boolean;
                };
            };
        };
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description Roles by collection; * stands for every collection */
                        roles: {
                            [key: string]: "viewer" | "editor" | "admin";
                        };
                        disabled: boolean;
                        created: number;
                        /** @description Issuer of the OpenID Connect provider by which he logs in, and which says what he may do; null where by a password */
                        provider: string | null;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID, PASSWORD_REFUSED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN, USER_EXISTS, USER_OF_PROVIDER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the user */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who was removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: string;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID, PASSWORD_REFUSED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN, USER_EXISTS, USER_OF_PROVIDER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: {
                            id: number;
                            /** @description What it is for */
                            name: string;
                            /** @description Roles by collection; * stands for every collection */
                            roles: {
                                [key: string]: "viewer" | "editor" | "admin";
                            };
                            created: number;
                            ends: number;
                        }[];
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @enum {string} */
                    role: "viewer" | "editor" | "admin" | "none";
                    collections?: string[];
                    /** @default 90 */
                    days?: number;
                };
            };
        };
        responses: {
            /** @description The key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: number;
                        /** @description What it is for */
                        name: string;
                        /** @description Roles by collection; * stands for every collection */
                        roles: {
                            [key: string]: "viewer" | "editor" | "admin";
                        };
                        created: number;
                        ends: number;
                        secret: string;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description KEY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the key */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Which was revoked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        revoked: number;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, USER_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description KEY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCollections: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All collections */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        collections: components["schemas"]["Collection"][];
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createCollection: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                };
            };
        };
        responses: {
            /** @description The collection */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, COLLECTION_BUSY, COLLECTION_EXISTS */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMissingEmbeddings: {
        parameters: {
            query?: {
                /** @description Encoder; several are fused (A,B or A:0.3,B:0.7), which ranks by the weighted mean of their similarities. By default the one of the collection */
                encoder?: string;
                /** @description Number of the image that the page comes after, for the next page: no image is told twice or left out when others come or go meanwhile */
                after?: number;
                /** @description Images to leave out before the first one, for a jump; with `after`, of those after it */
                offset?: number;
                /** @description Images of a page */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        images: components["schemas"]["Image"][];
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, COLLECTION_EMPTY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFacets: {
        parameters: {
            query?: {
                /** @description field=value; a repeated field allows any of its values, all fields must match */
                filter?: string[];
                /** @description A query of the search language, for instance modality:CT finding:"pleural effusion" -region:knee year>2019; it applies beside `filter` */
                where?: string;
            };
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The fields */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        facets: components["schemas"]["Facet"][];
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, QUERY_INVALID, FILTER_TOO_LARGE */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMap: {
        parameters: {
            query?: {
                encoder?: string;
                /** @description What images are grouped by: `label` by default, or a metadata field */
                field?: string;
            };
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The map */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionMap"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND, MAP_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, COLLECTION_EMPTY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    copyCollection: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    to: string;
                };
            };
        };
        responses: {
            /** @description The copy */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, COLLECTION_BUSY, COLLECTION_EXISTS */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renameCollection: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    to: string;
                };
            };
        };
        responses: {
            /** @description The collection */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, COLLECTION_BUSY, COLLECTION_EXISTS */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteCollection: {
        parameters: {
            query: {
                /** @description Name of the collection once more */
                confirm: string;
            };
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        collection: string;
                        images: number | null;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, COLLECTION_BUSY, COLLECTION_EXISTS */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listImages: {
        parameters: {
            query?: {
                /** @description field=value; a repeated field allows any of its values, all fields must match */
                filter?: string[];
                /** @description A query of the search language, for instance modality:CT finding:"pleural effusion" -region:knee year>2019; it applies beside `filter` */
                where?: string;
                /** @description Number of the image that the page comes after, for the next page: no image is told twice or left out when others come or go meanwhile */
                after?: number;
                /** @description Images to leave out before the first one, for a jump; with `after`, of those after it */
                offset?: number;
                /** @description Images of a page */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many images match the filter */
                        total: number;
                        /** @description Number of the first image among all that match, from 0 */
                        offset: number;
                        images: components["schemas"]["Image"][];
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, QUERY_INVALID, FILTER_TOO_LARGE */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addImages: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description One or more; their names are kept nowhere */
                    file: Blob[];
                    /** @description Name of an encoder; by default that of the collection, or the one without weights */
                    encoder?: string;
                    /** @description Which window deep pictures are seen in */
                    window?: string;
                    /** @description Which frames of DICOM objects are taken */
                    frames?: string;
                    /**
                     * @description What is kept of whom they are of
                     * @enum {string}
                     */
                    identity?: "pseudonymous" | "sealed" | "keep";
                    /**
                     * @description What is kept of when they were made
                     * @enum {string}
                     */
                    dates?: "year" | "shifted";
                    /**
                     * @description What is done about text that is burned into pictures
                     * @enum {string}
                     */
                    burnedIn?: "auto" | "off" | "warn" | "mask" | "skip";
                };
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Null where no file is one that is read */
                        task: {
                            id: number;
                            /** @enum {string} */
                            kind: "index" | "index-pacs" | "index-files" | "prune" | "remove" | "encode" | "calibrate" | "adapt" | "map" | "export" | "benchmark" | "add-encoder" | "copy-collection" | "rename-collection" | "delete-collection";
                            /**
                             * @description waiting: for another one, or for its turn; interrupted: its process ended, and it needs to be let into its PACS again; that, paused, cancelled and failed can be resumed
                             * @enum {string}
                             */
                            state: "waiting" | "running" | "paused" | "interrupted" | "cancelled" | "failed" | "done";
                            /** @description Null where it is of none */
                            collection: string | null;
                            /** @description The folder, the address of the PACS without what limits it to some studies, the encoder, the file, or the other name */
                            about: string | null;
                            /** @description Whether it is limited to some studies or images */
                            limited: boolean;
                            /** @description Who began it: the user, or the number of the key; null where nobody was asked */
                            actor: string | null;
                            created: string;
                            changed: string;
                            progress: {
                                /** @description What is counted: files that are found, images that are indexed, queries, fits, embeddings, bytes */
                                unit: string;
                                done: number;
                                total: number | null;
                                /** @description Of the whole task, where it has several parts and what they take is known: 0 to 1 */
                                share: number | null;
                                /** @description Studies that are through, once all are listed */
                                studies: {
                                    done: number;
                                    total: number;
                                } | null;
                                skipped: number;
                                /** @description Why some were skipped */
                                reasons: {
                                    code: components["schemas"]["ErrorCode"];
                                    title: string;
                                    count: number;
                                }[];
                                perSecond: number | null;
                                secondsLeft: number | null;
                            } | null;
                            result: {
                                /** @enum {string} */
                                kind: "indexed";
                                encoder: string;
                                total: number;
                                added: number;
                                /** @description Known already */
                                unchanged: number;
                                /** @description Known, and read again or found at another place */
                                changed: number;
                                failed: number;
                                /** @description Their files are gone */
                                removed: number;
                                /** @description Nobody can tell whether their files are gone */
                                unclear: number;
                                /** @description Images without an embedding of this encoder */
                                missingEmbeddings: number;
                                /** @description Whether it is the encoder that answers */
                                isDefault: boolean;
                                /** @description The first that were skipped, with reasons */
                                failures: components["schemas"]["Error"][];
                                /** @description A table of all that were skipped, where some were */
                                files?: {
                                    name: string;
                                    bytes: number;
                                }[];
                                /** @description What is no picture, by kind */
                                leftOut: {
                                    kind: string;
                                    count: number;
                                }[];
                                warnings: components["schemas"]["Error"][];
                                /** @description What was guessed in reading a table */
                                notes: string[];
                            } | {
                                /** @enum {string} */
                                kind: "removed";
                                removed: number;
                                unclear: number;
                            } | {
                                /** @enum {string} */
                                kind: "calibrated";
                                encoder: string;
                                field: string;
                                queries: number;
                                error: number;
                                /** @description Share of queries that have a good match; null where none can be guaranteed */
                                coverage: number | null;
                            } | {
                                /** @enum {string} */
                                kind: "adapted";
                                encoder: string;
                                name: string;
                                better: boolean;
                                saved: boolean;
                                used: boolean;
                            } | {
                                /** @enum {string} */
                                kind: "mapped";
                                encoder: string;
                                points: number;
                                /** @description More than `points`: it is a sample */
                                of: number;
                            } | {
                                /** @enum {string} */
                                kind: "exported";
                                encoder: string;
                                embeddings: number;
                                dimension: number;
                                excluded: number;
                                files: {
                                    name: string;
                                    bytes: number;
                                }[];
                            } | {
                                /** @enum {string} */
                                kind: "benchmarked";
                                k: number;
                                /** @description Mean precision at k over the queries, the best first */
                                ranking: {
                                    name: string;
                                    precision: number | null;
                                }[];
                                warnings: string[];
                                excluded: number;
                                failed: {
                                    code: components["schemas"]["ErrorCode"];
                                    title: string;
                                    detail: string;
                                    advice: string;
                                    subject: string | null;
                                    name: string;
                                }[];
                                files: {
                                    name: string;
                                    bytes: number;
                                }[];
                            } | {
                                /** @enum {string} */
                                kind: "added";
                                encoder: string;
                                dimension: number;
                                notes: string[];
                            } | {
                                /** @enum {string} */
                                kind: "collection";
                                /** @description The collection that there is now; null where it was deleted */
                                name: string | null;
                                /** @description That it has, or had; null where it could not be read any more */
                                images: number | null;
                            } | null;
                            /** @description Why it failed, or waits */
                            error: {
                                code: components["schemas"]["ErrorCode"];
                                title: string;
                                detail: string;
                                advice: string;
                                subject: string | null;
                            } | null;
                        } | null;
                        /** @description Files that are not read, and why */
                        refused: components["schemas"]["Error"][];
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_EMPTY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL, RECEIVED_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageDetails"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeImage: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        collection: string;
                        dryRun: boolean;
                        unclear: number;
                        removed: {
                            id: number;
                            path: string;
                        }[];
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    giveLabels: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description All that it has then; none: it has none */
                    labels: string[];
                };
            };
        };
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Image"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forgetLabels: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Image"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUnit: {
        parameters: {
            query?: {
                /** @description Which of them */
                level?: "series" | "study";
                /** @description Images to leave out before the first */
                offset?: number;
                /** @description Images of a page */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitImages"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openInViewer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There it is */
            302: {
                headers: {
                    /** @description Its address, made of UIDs */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND, VIEWER_UNKNOWN, INSTANCE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getThumbnail: {
        parameters: {
            query?: {
                /** @description Longer side of the small picture, in pixels */
                edge?: number;
                /** @description Content hash, and what of it is masked, for caching */
                v?: string;
            };
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The thumbnail */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/webp": Blob;
                };
            };
            /** @description The client has it already (If-None-Match) */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRendered: {
        parameters: {
            query?: {
                /** @description Content hash, and what of it is masked, for caching */
                v?: string;
            };
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": Blob;
                };
            };
            /** @description The client has it already (If-None-Match) */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPixels: {
        parameters: {
            query?: {
                /** @description Content hash, and what of it is masked, for caching */
                v?: string;
            };
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The samples */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": Blob;
                };
            };
            /** @description The client has it already (If-None-Match) */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findInstance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description SOP Instance UID */
                    instance: string;
                    /** @description Which frame of it, from 1; by default the first that a collection has */
                    frame?: number;
                };
            };
        };
        responses: {
            /** @description One image of each collection that has it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceImages"];
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInstance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the image in its collection */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its UIDs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstanceUids"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE, DICOMWEB_OFF */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND, INSTANCE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PACS_REFUSED, PACS_ANSWER_INVALID */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES, PACS_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * @description The query as JSON: see the schema Query
                     * @example {"parts":[{"image":12},{"image":40,"role":"less"}],"k":10}
                     */
                    query: string;
                    /** @description The pictures that parts of the query name by number */
                    file?: Blob[];
                };
            };
        };
        responses: {
            /** @description The neighbours */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchResult"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, QUERY_INVALID, FILTER_TOO_LARGE, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND, ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED, COLLECTION_EMPTY, ENCODER_IMPORTED, ENCODER_CHANGED, ENGINE_OUTDATED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE, IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED, IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE, TEXT_NOT_SUPPORTED */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED, ENCODER_DAMAGED, ENCODER_FAILED, CALIBRATION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ENGINE_REFUSED */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES, ENGINE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    makeDocument: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * @description The query as JSON: see the schema Query
                     * @example {"parts":[{"image":12},{"image":40,"role":"less"}],"k":10}
                     */
                    query: string;
                    /** @description The pictures that parts of the query name by number */
                    file?: Blob[];
                    /** @enum {string} */
                    kind: "key-objects" | "report";
                };
            };
        };
        responses: {
            /** @description The document; a Warning tells how many results it does not refer to */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/dicom": Blob;
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, QUERY_INVALID, FILTER_TOO_LARGE, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE, DICOMWEB_OFF */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND, ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED, COLLECTION_EMPTY, ENCODER_IMPORTED, ENCODER_CHANGED, ENGINE_OUTDATED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE, IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED, IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE, TEXT_NOT_SUPPORTED, NOTHING_TO_REFER_TO */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED, ENCODER_DAMAGED, ENCODER_FAILED, CALIBRATION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ENGINE_REFUSED */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES, ENGINE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sendDocuments: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * @description The query as JSON: see the schema Query
                     * @example {"parts":[{"image":12},{"image":40,"role":"less"}],"k":10}
                     */
                    query: string;
                    /** @description The pictures that parts of the query name by number */
                    file?: Blob[];
                    /**
                     * @description One of them; both by default
                     * @enum {string}
                     */
                    kind?: "key-objects" | "report";
                };
            };
        };
        responses: {
            /** @description The archive has them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentDocuments"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, QUERY_INVALID, FILTER_TOO_LARGE, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND, ENCODER_NOT_FOUND, SENDING_OFF */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED, COLLECTION_EMPTY, ENCODER_IMPORTED, ENCODER_CHANGED, ENGINE_OUTDATED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE, IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED, IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE, TEXT_NOT_SUPPORTED, NOTHING_TO_REFER_TO */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED, ENCODER_DAMAGED, ENCODER_FAILED, CALIBRATION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ENGINE_REFUSED, PACS_STORE_REFUSED, PACS_HOST_UNKNOWN, PACS_NOT_LISTENING, PACS_NOT_TRUSTED, PACS_REFUSED, PACS_ANSWER_INVALID */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES, ENGINE_UNAVAILABLE, PACS_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description Image id */
                    result: number;
                    /** @description Image id of the query, when it is one of the collection */
                    query?: number;
                    /**
                     * Format: binary
                     * @description The query otherwise; it is not kept
                     */
                    file?: Blob;
                    /** @description Which picture of the file, from 1; the first by default */
                    frame?: number;
                    encoder?: string;
                    /**
                     * @description By default tokens where the encoder has them, else occlusion
                     * @enum {string}
                     */
                    method?: "tokens" | "occlusion";
                    /** @description Covered places of a side of each picture */
                    grid?: number;
                };
            };
        };
        responses: {
            /** @description The maps */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND, ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED, COLLECTION_EMPTY, ENCODER_IMPORTED, ENCODER_CHANGED, ENGINE_OUTDATED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE, IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED, IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE, TEXT_NOT_SUPPORTED */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED, ENCODER_DAMAGED, ENCODER_FAILED, CALIBRATION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ENGINE_REFUSED */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES, ENGINE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewPicture: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    file: Blob;
                    /** @description Which picture of the file, from 1; the first by default */
                    frame?: number;
                    /** @description Longest side at the most; smaller pictures are not enlarged */
                    edge?: number;
                };
            };
        };
        responses: {
            /** @description The picture */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": Blob;
                };
            };
            /** @description REQUEST_INVALID, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE, IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED, IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readPixels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    file: Blob;
                    /** @description Which picture of the file, from 1; the first by default */
                    frame?: number;
                };
            };
        };
        responses: {
            /** @description The samples */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": Blob;
                };
            };
            /** @description REQUEST_INVALID, FRAMES_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE, IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED, IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testPacs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description dicomweb+https://host/path or dimse://TITLE@host:port, with attributes of studies behind a question mark as QIDO-RS takes them */
                    address: string;
                    /** @description Kept in memory alone, and told to this PACS alone */
                    user?: string;
                    password?: string;
                    /** @description A bearer token, in place of user and password */
                    token?: string;
                };
            };
        };
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PacsTest"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, PACS_ADDRESS_INVALID, PACS_SECRET_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PACS_HOST_UNKNOWN, PACS_NOT_LISTENING, PACS_NOT_TRUSTED, PACS_REFUSED, PACS_ANSWER_INVALID */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, PACS_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewPacs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description dicomweb+https://host/path or dimse://TITLE@host:port, with attributes of studies behind a question mark as QIDO-RS takes them */
                    address: string;
                    /** @description Kept in memory alone, and told to this PACS alone */
                    user?: string;
                    password?: string;
                    /** @description A bearer token, in place of user and password */
                    token?: string;
                    /** @description What is known already is told of this one; it need not be there */
                    collection?: string;
                };
            };
        };
        responses: {
            /** @description What was counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PacsPreview"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, PACS_ADDRESS_INVALID, PACS_SECRET_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PACS_HOST_UNKNOWN, PACS_NOT_LISTENING, PACS_NOT_TRUSTED, PACS_REFUSED, PACS_ANSWER_INVALID */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, PACS_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    indexPacs: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description dicomweb+https://host/path or dimse://TITLE@host:port, with attributes of studies behind a question mark as QIDO-RS takes them */
                    address: string;
                    /** @description Kept in memory alone, and told to this PACS alone */
                    user?: string;
                    password?: string;
                    /** @description A bearer token, in place of user and password */
                    token?: string;
                    /** @description It is made when it is absent */
                    collection: string;
                };
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, PACS_ADDRESS_INVALID, PACS_SECRET_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PACS_HOST_UNKNOWN, PACS_NOT_LISTENING, PACS_NOT_TRUSTED, PACS_REFUSED, PACS_ANSWER_INVALID */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, PACS_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTasks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tasks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Whether this server takes anything to do from whoever asks */
                        allowed: boolean;
                        /** @description Whether folders of its machine may be indexed */
                        folders: boolean;
                        /** @description Bytes that one request may bring */
                        upload: number;
                        /** @description The last one first */
                        tasks: components["schemas"]["Task"][];
                    };
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beginTask: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskRequest"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY, CHANGES_NOT_ALLOWED, FOLDER_NOT_ALLOWED, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND, PATH_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW, COLLECTION_EXISTS, COLLECTION_EMPTY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewTask: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskRequest"];
            };
        };
        responses: {
            /** @description What it would do */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPreview"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, QUERY_INVALID, FILTER_TOO_LARGE */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY, CHANGES_NOT_ALLOWED, FOLDER_NOT_ALLOWED, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND, PATH_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW, COLLECTION_EXISTS, COLLECTION_EMPTY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followTasks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events until the connection ends */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the task */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description REQUEST_INVALID, PACS_SECRET_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description TASK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, TASK_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTaskFile: {
        parameters: {
            query: {
                name: string;
            };
            header?: never;
            path: {
                /** @description Number of the task */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": Blob;
                };
            };
            /** @description REQUEST_INVALID, PACS_SECRET_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description TASK_NOT_FOUND, TASK_FILE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, TASK_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseTask: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Number of the task */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description REQUEST_INVALID, PACS_SECRET_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description TASK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, TASK_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelTask: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Number of the task */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description REQUEST_INVALID, PACS_SECRET_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description TASK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, TASK_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeTask: {
        parameters: {
            query?: never;
            header?: {
                /** @description A name of this request, so that it does nothing twice when it is sent again */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Number of the task */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description Kept in memory alone, and told to this PACS alone */
                    user?: string;
                    password?: string;
                    /** @description A bearer token, in place of user and password */
                    token?: string;
                };
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description REQUEST_INVALID, PACS_SECRET_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description TASK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, TASK_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFolders: {
        parameters: {
            query?: {
                /** @description Without it, those that the server was started with */
                path?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FolderListing"];
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY, FOLDER_NOT_ALLOWED, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PATH_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEncoders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What there is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EncoderChoices"];
                };
            };
            /** @description REQUEST_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    leaseWork: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A name of its own among all workers */
                    owner: string;
                    /**
                     * @description After so many milliseconds without a sign of life its images go to another worker
                     * @default 30000
                     */
                    lease?: number;
                };
            };
        };
        responses: {
            /** @description What is to be encoded */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeasedWork"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW, COLLECTION_EMPTY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWork: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the leased work */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As the encoder takes them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": Blob;
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, WORK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    finishWork: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the leased work */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description 32-bit floats, little-endian, in the order of the pictures; NaN of one that could not be encoded
                     */
                    embeddings: Blob;
                };
            };
        };
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FinishedWork"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, WORK_NOT_FOUND, ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW, COLLECTION_EMPTY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renewWork: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the collection */
                collection: string;
                /** @description Number of the leased work */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its lease begins anew */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, INDEXING_NOT_ALLOWED, HOME_READ_ONLY */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_NOT_FOUND, WORK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_BUSY, COLLECTION_TOO_NEW */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, TOO_MANY_FILES */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description DISK_FULL */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhooks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhooks: components["schemas"]["Webhook"][];
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    url: string;
                };
            };
        };
        responses: {
            /** @description It, with its secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, WEBHOOK_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Which was removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: number;
                    };
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, WEBHOOK_INVALID */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, CHANGES_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LAST_ADMIN */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSimilarInstances: {
        parameters: {
            query: {
                /** @description Name of the collection */
                collection: string;
                /** @description Encoder; several are fused (A,B or A:0.3,B:0.7), which ranks by the weighted mean of their similarities. By default the one of the collection */
                encoder?: string;
                /** @description What is found: instances, by each of their frames, or series or studies */
                level?: "image" | "series" | "study";
                /** @description Results of a page */
                limit?: number;
                /** @description Results to leave out before the first */
                offset?: number;
                /** @description field=value; a repeated field allows any of its values, all fields must match */
                filter?: string[];
                /** @description A query of the search language, for instance modality:CT finding:"pleural effusion" -region:knee year>2019; it applies beside `filter` */
                where?: string;
                /** @description Which frame is searched with, from 1; the first in the collection by default */
                frame?: number;
            };
            header?: never;
            path: {
                /** @description Study Instance UID */
                study: string;
                /** @description Series Instance UID */
                series: string;
                /** @description SOP Instance UID */
                instance: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the results, the most similar first, as QIDO-RS answers: with X-Total-Count where it is known, and a Warning where there are more. Similarity is (0099,1001), rank (0099,1002), and where it is calibrated probability (0099,1003), of the private creator SEMBLANCE */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/dicom+json": {
                        [key: string]: {
                            vr: string;
                            Value?: unknown[];
                        };
                    }[];
                };
            };
            /** @description REQUEST_INVALID, COLLECTION_NAME_INVALID, QUERY_INVALID, FILTER_TOO_LARGE */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, DICOMWEB_OFF, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INSTANCE_NOT_FOUND, COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND, ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED, COLLECTION_EMPTY, ENCODER_IMPORTED, ENCODER_CHANGED, ENGINE_OUTDATED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description TEXT_NOT_SUPPORTED */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED, ENCODER_DAMAGED, ENCODER_FAILED, CALIBRATION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PACS_REFUSED, PACS_ANSWER_INVALID, ENGINE_REFUSED */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, PACS_UNAVAILABLE, TOO_MANY_FILES, ENGINE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSimilarToFile: {
        parameters: {
            query: {
                /** @description Name of the collection */
                collection: string;
                /** @description Encoder; several are fused (A,B or A:0.3,B:0.7), which ranks by the weighted mean of their similarities. By default the one of the collection */
                encoder?: string;
                /** @description What is found: instances, by each of their frames, or series or studies */
                level?: "image" | "series" | "study";
                /** @description Results of a page */
                limit?: number;
                /** @description Results to leave out before the first */
                offset?: number;
                /** @description field=value; a repeated field allows any of its values, all fields must match */
                filter?: string[];
                /** @description A query of the search language, for instance modality:CT finding:"pleural effusion" -region:knee year>2019; it applies beside `filter` */
                where?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    file: Blob;
                    /** @description Which picture of the file, from 1; the first by default */
                    frame?: number;
                };
            };
        };
        responses: {
            /** @description A page of the results, the most similar first, as QIDO-RS answers: with X-Total-Count where it is known, and a Warning where there are more. Similarity is (0099,1001), rank (0099,1002), and where it is calibrated probability (0099,1003), of the private creator SEMBLANCE */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/dicom+json": {
                        [key: string]: {
                            vr: string;
                            Value?: unknown[];
                        };
                    }[];
                };
            };
            /** @description REQUEST_INVALID, FRAMES_INVALID, COLLECTION_NAME_INVALID, QUERY_INVALID, FILTER_TOO_LARGE */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description LOGIN_REQUIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description ROLE_MISSING, REQUEST_CROSS_SITE, DICOMWEB_OFF, PATH_NOT_READABLE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INSTANCE_NOT_FOUND, COLLECTION_NOT_FOUND, IMAGE_NOT_FOUND, PATH_NOT_FOUND, ENCODER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description REQUEST_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description COLLECTION_TOO_NEW, IMAGE_CHANGED, COLLECTION_EMPTY, ENCODER_IMPORTED, ENCODER_CHANGED, ENGINE_OUTDATED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description UPLOAD_TOO_LARGE, IMAGE_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description MEDIA_TYPE_NOT_SUPPORTED, IMAGE_NOT_RECOGNISED, IMAGE_UNSUPPORTED, DICOM_NOT_RECOGNISED, DICOM_UNSUPPORTED */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description IMAGE_EMPTY, IMAGE_DAMAGED, IMAGE_TOO_COSTLY, IMAGE_DECODER_ENDED, DICOM_DAMAGED, DICOM_NO_PIXELS, DICOM_NOT_AN_IMAGE, TEXT_NOT_SUPPORTED */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description HEAD_TOO_LARGE */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description INTERNAL, COLLECTION_DAMAGED, ENCODER_DAMAGED, ENCODER_FAILED, CALIBRATION_DAMAGED */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description PACS_REFUSED, PACS_ANSWER_INVALID, ENGINE_REFUSED */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description AUDIT_NOT_WRITTEN, SERVER_BUSY, PACS_UNAVAILABLE, TOO_MANY_FILES, ENGINE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
