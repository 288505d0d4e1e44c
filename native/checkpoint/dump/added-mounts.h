// What has been mounted in an instance since it began.
#pragma once

// A clone would be without it. From within the instance's root and mount namespace, while it stands still.
void refuse_added_mounts();
