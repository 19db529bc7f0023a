// The page's own words, in Russian and in English.

const table = {
  files: ["Таблицы", "Spreadsheets"],
  whoAreYou: ["Кто вы?", "Who are you?"],
  whoHint: [
    "Страница и API позволяют ровно то, что Google позволил бы этому человеку.",
    "The page and the API allow what Google would allow that person.",
  ],
  owner: ["Владелец таблиц", "Owner of the files"],
  director: ["Руководитель", "Director"],
  ops: ["Настройка отчётности", "Ops"],
  manager: ["Менеджер", "Manager"],
  guest: ["Гость", "Guest"],
  control: ["Настройки", "Settings"],
  summary: ["Сводка", "Summary"],
  report: ["Отчёты менеджеров", "Managers' reports"],
  other: ["Другие таблицы", "Other spreadsheets"],
  noFiles: ["Этому человеку не открыта ни одна таблица.", "No spreadsheet is shared with this person."],
  reader: ["только просмотр", "view only"],
  changed: ["изменено", "changed"],
  noAccess: ["Нет доступа", "No access"],
  noAccessHint: ["Эта таблица не открыта для {0}. Выберите, кто вы:", "This spreadsheet is not shared with {0}. Choose who you are:"],
  gone: ["Таблицы нет", "No such spreadsheet"],
  goneHint: ["Её удалили, или ссылка неверна.", "It was deleted, or the link is wrong."],
  toFiles: ["К списку таблиц", "To the list of files"],
  failed: ["Не получилось открыть", "Could not open it"],
  again: ["Ещё раз", "Try again"],
  download: ["Скачать .xlsx", "Download .xlsx"],
  downloadFailed: ["Не удалось скачать: {0}", "The download failed: {0}"],
  cell: ["Ячейка", "Cell"],
  formula: ["Содержимое ячейки", "Content of the cell"],
  tabs: ["Вкладки", "Tabs"],
  openGroup: ["Показать столбцы: {0}", "Show the columns: {0}"],
  closeGroup: ["Скрыть столбцы: {0}", "Hide the columns: {0}"],
  hiddenTabs: ["Скрытые вкладки", "Hidden tabs"],
  saving: ["Сохраняется…", "Saving…"],
  saved: ["Сохранено", "Saved"],
  live: ["Изменения видны сразу", "Changes show at once"],
  offline: ["Нет связи с сервером. Повторяем…", "No connection. Trying again…"],
  kept: ["Набранное не потеряно и будет сохранено, когда связь вернётся", "What you typed is kept and will be saved when the connection is back"],
  readOnly: ["Вам открыт только просмотр этой таблицы", "You may only view this spreadsheet"],
  locked: ["Эта ячейка защищена", "This cell is protected"],
  lockedBy: ["Эта ячейка защищена: {0}", "This cell is protected: {0}"],
  lockedRange: ["Среди этих ячеек есть защищённые", "Some of these cells are protected"],
  notAllowed: ["Такое значение сюда не подходит", "This value does not fit here"],
  chooseFromList: ["Выберите значение из списка", "Choose a value from the list"],
  notSaved: ["Не сохранено: {0}", "Not saved: {0}"],
  tooLong: ["В ячейке не может быть больше 50 000 знаков", "A cell takes at most 50,000 characters"],
  busy: ["сервер занят, попробуйте через минуту", "the server is busy, try again in a minute"],
  broken: ["Значение не проходит проверку", "The value breaks the rule"],
  open: ["Открыть", "Open"],
  nothingFound: ["Ничего не найдено", "Nothing found"],
  empty: ["Пусто", "Empty"],
  pastedBad: ["Вставлено ячеек: {0}; не подходят: {1} ({2}). Они сохранены и отмечены красным уголком", "Cells pasted: {0}; wrong: {1} ({2}). They are kept, and marked by a red corner"],
  perhaps: ["«{0}» нет в списке. Возможно, «{1}»?", "“{0}” is not on the list. Perhaps “{1}”?"],
  pasteTooBig: ["Слишком большой фрагмент: не больше 50 000 ячеек", "Too much: at most 50,000 cells"],
  today: ["Сегодня", "Today"],
  yesterday: ["Вчера", "Yesterday"],
  form: ["Мой день", "My day"],
  table: ["Таблица", "Table"],
  left: ["до плана {0}", "{0} to the plan"],
  leftToday: ["осталось сегодня {0}", "{0} left today"],
  needed: ["нужно {0} в день", "{0} a day needed"],
  planOf: ["за месяц {0} из {1}", "{0} of {1} this month"],
  done: ["План месяца выполнен", "The month's plan is done"],
  reported: ["Отчёт за день сдан", "The day is reported"],
  notReported: ["Осталось заполнить: {0}", "Left to fill in: {0}"],
  dayOff: ["Выходной", "Day off"],
  notNeeded: ["{0}: отчёт не нужен", "{0}: no report is needed"],
  todayFree: ["Сегодня {0}: отчёт не нужен", "Today: {0}, no report is needed"],
  fillAnyway: ["Заполнить всё равно", "Fill in all the same"],
  dayUnread: ["Не принято: {0}. Исправьте, что написано", "Not accepted: {0}. Mend what is written"],
  dayWaits: ["Ждёт сверки: {0}", "Waiting to be read: {0}"],
  dayNotSaved: ["Не сохранено: {0}", "Not saved: {0}"],
  dayOffline: ["Нет связи с сервером: что вы введёте, сохранится, когда она вернётся", "No connection: what you type is saved when it is back"],
  dayKept: ["Нет связи: введённое ещё не отправлено. Не закрывайте страницу", "No connection: what you typed is not sent yet. Keep the page open"],
  notUnderstood: ["Не считается: проверьте, что введено", "Does not count: check what is typed"],
  waits: ["Ждёт сверки: пока не считается", "Waiting to be read: does not count yet"],
  dayClosed: ["Этот день закрыт для ввода", "This day is closed"],
  nearClient: ["Похоже на «{0}»", "Much like “{0}”"],
  isClient: ["Да, это «{0}»", "Yes, it is “{0}”"],
  otherClient: ["Нет, другой клиент: «{0}»", "No, another client: “{0}”"],
  newDeal: ["Новая сделка", "New deal"],
  client: ["Клиент", "Client"],
  amount: ["Сумма", "Amount"],
  date: ["Дата", "Date"],
  add: ["Добавить", "Add"],
  added: ["Сделка записана: {0}, {1}", "Deal added: {0}, {1}"],
  ticked: ["отмечено", "ticked"],
  unticked: ["не отмечено", "not ticked"],
  keysHelp: [
    "Стрелки — по ячейкам. Enter — изменить. Tab — следующая ячейка; в конце строки или после Esc — выйти из таблицы. Ctrl+F — найти. Alt+PageDown и Alt+PageUp — другая вкладка.",
    "Arrows move between cells. Enter edits. Tab goes to the next cell; at the end of a row, or after Esc, it leaves the table. Ctrl+F finds. Alt+PageDown and Alt+PageUp change the tab.",
  ],
  find: ["Найти на вкладке", "Find in this tab"],
  findKeys: ["Найти (Ctrl+F)", "Find (Ctrl+F)"],
  foundOf: ["{0} из {1}", "{0} of {1}"],
  foundNone: ["Здесь нет", "Not here"],
  nextFound: ["Следующее (Enter)", "Next (Enter)"],
  prevFound: ["Предыдущее (Shift+Enter)", "Previous (Shift+Enter)"],
  close: ["Закрыть (Esc)", "Close (Esc)"],
  prevDay: ["Предыдущий день", "Previous day"],
  nextDay: ["Следующий день", "Next day"],
  language: ["English", "Русский"],
  choose: ["Выбрать", "Choose"],
  of: ["выделено: {0}", "selected: {0}"],
} as const;

export type Word = keyof typeof table;
export type Lang = "ru" | "en";

let lang: Lang = "ru";

/** speak sets the language of the page. */
export function speak(l: Lang) {
  lang = l;
  document.documentElement.lang = l;
}

export const language = () => lang;

/** t is a phrase of the page with its blanks filled in. */
export function t(word: Word, ...args: (string | number)[]): string {
  const phrase: string = table[word][lang === "ru" ? 0 : 1];
  return phrase.replace(/\{(\d)\}/g, (_, i) => String(args[Number(i)] ?? ""));
}

/** chosenLang is the language somebody asked for in this browser tab, if any. */
export function chosenLang(): Lang | undefined {
  const asked = new URLSearchParams(location.search).get("lang") ?? sessionStorage.getItem("lang");
  if (asked !== "ru" && asked !== "en") return undefined;
  sessionStorage.setItem("lang", asked);
  return asked;
}
