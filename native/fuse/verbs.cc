#include "fuse/verbs.h"

#include "fuse/durable.h"
#include "fuse/failure.h"
#include "fuse/pool.h"
#include "fuse/registry.h"

namespace {

using Answer = std::vector<std::string>;

template <typename T>
std::string pair(const char* key, T value) {
  return std::string(key) + "=" + std::to_string(value);
}

Answer mount_view(const Fields& fields) {
  std::string written = join_line(fields.list());
  written.pop_back();
  if (std::shared_ptr<View> same = registry::find(fields.one("aid"))) {
    if (same->ended()) {
      registry::take(same->aid)->detach();
    } else if (!same->in_place()) {
      // A person unmounted it, and processes go on in it.
      same->attach_again();
      return {pair("passthrough", int(same->passthrough()))};
    } else if (same->made_of(written)) {
      // Asked again: the server was killed between mounting and saying so.
      return {pair("passthrough", int(same->passthrough()))};
    }
  }
  auto view = std::make_shared<View>(parse_mount_options(fields), written);
  registry::add(view);
  try {
    view->attach(view->at);
    pool::watch(*view);
  } catch (...) {
    registry::take(view->aid);
    throw;
  }
  return {pair("passthrough", int(view->passthrough()))};
}

Answer unmount_view(const Fields& fields) {
  registry::take(fields.one("aid"))->detach();
  return {};
}

Answer pre_copy_view(const Fields& fields) {
  View::PreCopied copied = registry::by_aid(fields.one("aid"))->pre_copy(fields.maybe("paused") == "1");
  return {pair("copied", copied.bytes), pair("files", copied.files), pair("pause", int(copied.pause)), std::string("way=") + PreCopy::name_of(copied.way)};
}

Answer drop_copies(const Fields& fields) {
  if (std::shared_ptr<View> view = registry::find(fields.one("aid"))) view->drop_pre_copies();
  return {};
}

Answer seal_view(const Fields& fields) {
  View::Sealed sealed = registry::by_aid(fields.one("aid"))->seal(fields.one("upper"));
  return {pair("copied", sealed.bytes), pair("files", sealed.files)};
}

std::string locate_path(View& view, const std::string& path) {
  Node* dir = &view.nodes.root();
  HeldNode held;
  size_t at = path.find_first_not_of('/');
  if (at == path.npos) return "-";
  for (;;) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string name = path.substr(at, end - at);
    if (dir->virtuals) name = dir->virtuals->stored_name(name);
    Found found = view.find(*dir, name);
    if (!found.exists || (found.virtuals && found.virtuals->is_file())) return "-";
    at = path.find_first_not_of('/', end);
    if (at == path.npos) {
      if (!found.st.stx_mode || (view.writable() && found.layer == view.top())) return "-";
      std::string above = view.path_in_layer(*dir, found.layer), base = view.layer(found.layer).host_path();
      if (base == "/") base.clear();
      return base + "/" + (above.empty() ? name : above + "/" + name);
    }
    HeldNode next = view.node_for(*dir, name, found);
    if (!next->is_dir()) return "-";
    held = std::move(next);
    dir = &*held;
  }
}

Answer locate(const Fields& fields) {
  std::shared_ptr<View> view = registry::by_aid(fields.one("aid"));
  Answer answer;
  for (const std::string& path : fields.all("path")) {
    std::shared_lock held(view->tree);
    answer.push_back(locate_path(*view, path));
  }
  return answer;
}

Answer list() {
  Answer answer;
  for (auto& view : registry::all())
    if (!view->ended() && view->in_place()) answer.push_back("aid=" + view->aid);
  return answer;
}

Answer stat_view(const Fields& fields) {
  std::shared_ptr<View> view = registry::by_aid(fields.one("aid"));
  const Counters& c = view->counters;
  return {pair("requests", c.requests.load()), pair("nodes", view->nodes.size()), pair("layers", view->top() + 1),
          pair("copied_files", c.copied_files.load()), pair("copied_bytes", c.copied_bytes.load()),
          pair("passthrough_opens", c.passthrough_opens.load()), pair("plain_opens", c.plain_opens.load()),
          pair("superseded", c.superseded.load()), pair("looks", c.looks.load()), pair("takeovers", durable::shared->takeovers.load()), pair("passthrough", int(view->passthrough())),
          pair("mounted", int(!view->ended() && view->in_place()))};
}

}  // namespace

bool is_slow_verb(const std::string& verb) { return verb == "seal" || verb == "locate" || verb == "precopy" || verb == "dropcopies"; }

std::vector<std::string> run_verb(const std::string& verb, const Fields& fields) {
  if (verb == "mount") return mount_view(fields);
  if (verb == "umount") return unmount_view(fields);
  if (verb == "precopy") return pre_copy_view(fields);
  if (verb == "dropcopies") return drop_copies(fields);
  if (verb == "seal") return seal_view(fields);
  if (verb == "locate") return locate(fields);
  if (verb == "list") return list();
  if (verb == "stat") return stat_view(fields);
  fail(ENOSYS, "unknown verb", verb);
}

void drop_ended() {
  for (auto& view : registry::all())
    if (view->cut_off) registry::take(view->aid)->detach();
}

void unmount_all() {
  for (auto& view : registry::all()) registry::take(view->aid)->detach();
}
