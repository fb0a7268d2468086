#include "worker/compute/device_list.h"

#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/byte_size.h"

namespace shoal {
namespace {

using Json = nlohmann::ordered_json;

std::string ComputeCapability(const DeviceInfo& device) {
  return absl::StrCat(device.compute_capability_major, ".", device.compute_capability_minor);
}

Json ToJson(const DeviceInfo& device) {
  return {{"ordinal", device.ordinal},
          {"name", device.name},
          {"compute_capability", ComputeCapability(device)},
          {"memory_bytes", device.memory_bytes},
          {"pci_bus_id", device.pci_bus_id}};
}

// False: the object is not a device.
bool FromJson(const Json& json, DeviceInfo* device) {
  const auto is = [&](const char* name, Json::value_t type) {
    return json.contains(name) && json[name].type() == type;
  };
  constexpr Json::value_t kNumber = Json::value_t::number_unsigned;
  constexpr Json::value_t kText = Json::value_t::string;
  if (!json.is_object() || !is("ordinal", kNumber) || !is("name", kText) || !is("compute_capability", kText) ||
      !is("memory_bytes", kNumber) || !is("pci_bus_id", kText)) {
    return false;
  }
  const std::vector<std::string> capability = absl::StrSplit(json["compute_capability"].get<std::string>(), '.');
  *device = {json["ordinal"].get<int>(),          json["name"].get<std::string>(),      0, 0,
             json["memory_bytes"].get<int64_t>(), json["pci_bus_id"].get<std::string>()};
  return capability.size() == 2 && absl::SimpleAtoi(capability[0], &device->compute_capability_major) &&
         absl::SimpleAtoi(capability[1], &device->compute_capability_minor);
}

}  // namespace

std::string DeviceListText(const DeviceList& devices) {
  if (!devices.ok()) return absl::StrCat("no devices: ", devices.status().message(), "\n");
  std::string text;
  for (const DeviceInfo& device : *devices) {
    absl::StrAppend(&text, DeviceTitle(device), ", compute capability ", ComputeCapability(device), ", ",
                    ByteSize(device.memory_bytes), "\n");
  }
  return text;
}

std::string DeviceListJson(const DeviceList& devices) {
  Json json = {{"devices", Json::array()}, {"error", std::string(devices.status().message())}};
  if (devices.ok()) {
    for (const DeviceInfo& device : *devices) json["devices"].push_back(ToJson(device));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

DeviceList ParseDeviceList(absl::string_view json) {
  const absl::Status malformed = absl::InternalError(absl::StrCat("this is no list of devices: '", json, "'"));
  const Json parsed = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object() || !parsed.contains("devices") || !parsed["devices"].is_array() ||
      !parsed.contains("error") || !parsed["error"].is_string()) {
    return malformed;
  }
  const std::string error = parsed["error"].get<std::string>();
  if (!error.empty()) return absl::FailedPreconditionError(error);
  std::vector<DeviceInfo> devices;
  for (const Json& entry : parsed["devices"]) {
    devices.emplace_back();
    if (!FromJson(entry, &devices.back())) return malformed;
  }
  if (devices.empty()) return malformed;
  return devices;
}

}  // namespace shoal
