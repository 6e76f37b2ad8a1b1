// A browser lets no page that was opened from disk read another one for the lines around a hit.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY &&= location.protocol !== "file:";

// The words of the copy buttons: sphinx-copybutton has none in Korean.
if (document.documentElement.lang === "ko") {
  messages.ko = {
    copy: "복사",
    copy_to_clipboard: "클립보드에 복사",
    copy_success: "복사했습니다",
    copy_failure: "복사하지 못했습니다",
  };
  iconCheck = iconCheck.replace(messages[locale].copy_success, messages.ko.copy_success);
  iconCopy = iconCopy.replace(messages[locale].copy_to_clipboard, messages.ko.copy_to_clipboard);
  locale = "ko";
}
