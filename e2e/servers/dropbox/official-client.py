# Uses the server with Dropbox's Python SDK, as packaged by Debian. The SDK strictly validates every response.
import hashlib
import sys

import dropbox
from dropbox import exceptions, files, sharing

token, folder = sys.argv[1:3]
MIB = 1024 * 1024


def content_hash(data):
    blocks = [data[at:at + 4 * MIB] for at in range(0, len(data), 4 * MIB)]
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


def refused(action):
    try:
        action()
    except exceptions.ApiError as error:
        return error.error
    raise AssertionError("was not refused")


client = dropbox.Dropbox(token, max_retries_on_error=0)
assert client.users_get_current_account().email_verified
assert client.users_get_space_usage().allocation.is_individual()
assert client.check_user("hello").result == "hello"

small = b"some bytes"
stored = client.files_upload(small, folder + "/a ü.txt")
assert stored.content_hash == content_hash(small) and stored.size == len(small), stored
assert client.files_upload(small, folder + "/a ü.txt").rev == stored.rev
error = refused(lambda: client.files_upload(b"others", folder + "/A Ü.txt"))
assert error.get_path().reason.get_conflict().is_file(), error
assert client.files_upload(b"others", folder + "/a ü.txt", autorename=True).name != "a ü.txt"
error = refused(lambda: client.files_upload(b"below", folder + "/a ü.txt/below"))
assert error.get_path().reason.get_conflict().is_file_ancestor(), error

large = bytes(range(256)) * (9 * MIB // 256)
start = client.files_upload_session_start(large[:4 * MIB])
cursor = files.UploadSessionCursor(start.session_id, 1)
error = refused(lambda: client.files_upload_session_append_v2(large[:10], cursor))
assert error.get_incorrect_offset().correct_offset == 4 * MIB, error
cursor.offset = 4 * MIB
client.files_upload_session_append_v2(large[4 * MIB:8 * MIB], cursor)
cursor.offset = 8 * MIB
stored = client.files_upload_session_finish(large[8 * MIB:], cursor, files.CommitInfo(folder + "/in order.bin"))
assert stored.content_hash == content_hash(large), stored
assert refused(lambda: client.files_upload_session_finish(b"", cursor, files.CommitInfo(folder + "/x"))).get_lookup_failed().is_not_found()

start = client.files_upload_session_start(b"", session_type=files.UploadSessionType.concurrent)
for offset in (4 * MIB, 0):
    client.files_upload_session_append_v2(large[offset:offset + 4 * MIB], files.UploadSessionCursor(start.session_id, offset))
assert refused(lambda: client.files_upload_session_finish(b"", files.UploadSessionCursor(start.session_id, 8 * MIB), files.CommitInfo(folder + "/x"))).is_concurrent_session_not_closed()
client.files_upload_session_append_v2(large[8 * MIB:], files.UploadSessionCursor(start.session_id, 8 * MIB), close=True)
stored = client.files_upload_session_finish(b"", files.UploadSessionCursor(start.session_id, len(large)), files.CommitInfo(folder + "/any order.bin"))
assert stored.content_hash == content_hash(large), stored

found = client.files_get_metadata(folder + "/in order.bin")
assert isinstance(found, files.FileMetadata) and found.id, found
assert refused(lambda: client.files_get_metadata(folder + "/nothing")).get_path().is_not_found()
assert len(client.files_list_folder(folder).entries) == 4

link = client.sharing_create_shared_link_with_settings(folder + "/in order.bin")
assert isinstance(link, sharing.FileLinkMetadata) and "rlkey=" in link.url, link
error = refused(lambda: client.sharing_create_shared_link_with_settings(folder + "/in order.bin"))
assert error.get_shared_link_already_exists().get_metadata().url == link.url, error
assert [shared.url for shared in client.sharing_list_shared_links(folder + "/in order.bin", direct_only=True).links] == [link.url]
client.sharing_revoke_shared_link(link.url)
assert refused(lambda: client.sharing_revoke_shared_link(link.url)).is_shared_link_not_found()

assert isinstance(client.files_delete_v2(folder + "/in order.bin").metadata, files.FileMetadata)
print("all right")
