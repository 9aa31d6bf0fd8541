import type { Organization } from "../../core/parties.ts";

/** The paying company of the mock's infobase: made up, with valid control digits in the requisites. */
export const MOCK_ORGANIZATION: Organization = {
  name: "ООО «Северный мост»",
  fullName: "Общество с ограниченной ответственностью «Северный мост»",
  inn: "7709123453",
  kpp: "770901001",
  ogrn: "1247700123450",
  address: "109004, г. Москва, ул. Примерная, д. 5, стр. 1, помещ. 12",
  phone: "+7 495 000-00-00",
  bankAccount: {
    number: "40702810938000012345",
    bic: "044525225",
    bankName: "ПАО Сбербанк",
    corrAccount: "30101810400000000225",
  },
  signatory: { position: "Генеральный директор", name: "Образцова Анна Викторовна", basis: "Устава" },
};
