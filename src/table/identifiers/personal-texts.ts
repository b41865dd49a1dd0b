/** Whether a text shows by itself that it is a person's own: an address, a number, a name. It looks at one text at a time. */

export const isEmail = (text: string) => text.length <= 254 && /^[^@\s,;<>]+@[^@\s,;<>]+\.\p{L}{2,}$/u.test(text);

/** Digits as a phone number groups them; a whole number or a date may look so, too. */
export const mayBePhone = (text: string) =>
  text.length <= 30 &&
  /^\+?[\d\s().\-/]{6,24}(?:\s?(?:x|ext\.?)\s?\d+)?(?:\.0)?$/i.test(text) &&
  between(digitsIn(text), 6, 15) &&
  !isDate(text);

/** A phone number, whatever the column is called. */
export const isPhone = (text: string) =>
  mayBePhone(text) &&
  (/^(?:\+\d|\(\d{2,4}\))/.test(text) ||
    /^\d{3}[-. ]\d{3}[-. ]\d{4}(?!\d)/.test(text) ||
    /^0\d{2,5}[ /-]\d{4,}/.test(text));

export const isIpAddress = (text: string) =>
  /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text)
    ? text.split('.').every((part) => Number(part) <= 255 && String(Number(part)) === part)
    : text.length <= 39 &&
      /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}$/i.test(text) &&
      (text.includes('::') || text.split(':').length === 8);

export const isStreet = (text: string) =>
  text.length <= 200 && /\d/.test(text) && /\p{L}{3}/u.test(text) && /\s/.test(text) && !/[!?]/.test(text);

const digitsIn = (text: string) => text.replaceAll(/\D/g, '').length;
const between = (value: number, low: number, high: number) => value >= low && value <= high;
const isDate = (text: string) =>
  /^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?:\D|$)/.test(text);

/** Letters and what names have beside them. */
export const mayBeName = (text: string) => text.length <= 80 && /^[\p{L}\p{M}.'’ ,()"-]+$/u.test(text);

const titles =
  /(?:^|[\s,(])(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Herr|Frau|Mme|Mlle|Monsieur|Madame|Sr|Sra|MR|MRS|MS|DR|PROF)\.?\s+\p{Lu}/u;

/** Some words, of which one is a common first name or a title. */
export function isPersonName(text: string): boolean {
  if (!mayBeName(text)) return false;
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (!between(words.length, 2, 8)) return false;
  return titles.test(text) || words.some((word) => isFirstName(word));
}

/** "Nguyen Thi Hoa": two to four capitalized words and nothing else. */
export const isCapitalized = (text: string) => /^\p{Lu}[\p{L}'’.-]*(?:,? \p{Lu}[\p{L}'’.-]*){1,3}$/u.test(text);

const isFirstName = (word: string) => firstNames.has(word.toLowerCase().replaceAll(/[."'()’]/g, ''));

const legalForm =
  /(?:^|[\s,])(?:inc|llc|llp|ltd|limited|plc|corp|corporation|gmbh|ag|kg|ohg|se|sa|sarl|sas|spa|srl|bv|nv|oy|ab|as|pty|co|company|group|holdings?|& sons|und söhne)\.?(?:\s*&\s*co\.?\s*kg)?$/i;

export const isCompany = (text: string) => text.length <= 100 && /\p{Lu}/u.test(text) && legalForm.test(text);

/** What a longer text tells of persons, as words for people; undefined when nothing was found. */
export function mentionIn(text: string): string | undefined {
  const looked = text.slice(0, 2000);
  if (/[^\s@]{1,64}@[^\s@]{1,64}\.\p{L}{2,}/u.test(looked)) return 'e-mail addresses';
  if (/(?:\+\d{1,3}[\s(]?|\(\d{2,4}\)\s?|\b\d{3}[-. ]\d{3}[-. ])[\d\s().-]{4,14}\d/.test(looked))
    return 'phone numbers';
  if (titles.test(looked)) return 'names';
  for (const [, first, last] of looked.matchAll(/(\p{Lu}\p{Ll}+)\s+(\p{Lu}\p{Ll}+)/gu)) {
    if (isFirstName(first!) || (isFirstName(last!) && !isFirstName(first!))) return 'names';
  }
  return undefined;
}

/** Common in many countries; none that is rather a word, a place or a make. */
const firstNames = new Set(
  `aaron abby abigail adam adele adrian agnes ahmad ahmed aisha alan albert alberto alejandro alessandro alex alexander
  alexandra alfred ali alice alicia alison allison alma amanda amelia amina amy ana anastasia andre andrea andreas andrei
  andrew angela anil anita anja anjali ann anna anne annette annie anthony antoine anton antonia antonio arjun arnold arthur
  arturo ashley astrid audrey aurora ava barbara beatrice beatriz ben benjamin bernard bernd bernhard beth bettina betty bill
  birgit bjorn bob bonnie boris brandon brenda brian bridget bruce bruno camila carl carla carlos carmen carol carolina
  caroline catherine cecilia celine charles charlotte chen chiara chloe chris christian christina christine christopher
  cindy claire clara claudia claus clemens colin connor corinna craig cristina cynthia daniel daniela danielle darren david
  deborah debra denis dennis diana diane diego dieter dimitri dirk dmitri dolores dominik donald donna dora doris dorothy
  douglas dylan eduardo edward edwin eileen elaine eleanor elena eli elias elisabeth elizabeth ella ellen elsa emil emilia
  emily emma emmanuel enrique eric erica erik erika ernest ernst esther ethan eugene eva evan evelyn fabian fatima felicia
  felipe felix ferdinand fernando fiona florian frances francesca francesco francis francisco francois frank franz fred
  frederick friedrich fritz gabriel gabriela gareth gary geoffrey georg george gerald gerard gerhard gertrude gianni gilbert
  gina giovanni giulia gisela giuseppe gloria gordon grace greg gregory greta guido guillermo gunter gustav hannah hans harold
  harry hassan heather heidi heike heinrich heinz helen helena helga henri henrik henry herbert hermann hiroshi holly howard
  hubert hugo ian ibrahim ida igor inga ingrid irene iris irina isaac isabel isabella ivan jack jacob jacqueline jacques jake
  jakob james jan jana jane janet janice jason javier jean jeff jeffrey jennifer jenny jeremy jerome jesse jessica jesus jill
  jim joan joanna jochen joe joel johan johann johanna johannes john jonas jonathan jorge jose josef joseph josh joshua juan
  juana judith judy julia julian juliana julie jun jurgen justin kaitlyn karen karin karl katarina kate katharina katherine
  kathleen kathryn kathy katja katrin keith kelly ken kenji kenneth kevin khaled kim kirsten klaus kristen kristina kumar kurt
  kyle lara larry lars laura lauren lea lee lena leo leon leonard leslie li liam lillian lily linda lisa liv logan lorenzo
  louis louise luca lucas lucia lucy luigi luis luisa lukas luke lydia madison magdalena maja manfred manuel marc marcel
  marco marcus margaret margarita maria mariana marie marina mario marion marjorie mark marlene markus martha martin martina
  mary masha mateo mathias matilda matteo matthew matthias maureen max maximilian maya megan mehmet mei melanie melissa mia
  michael michel michelle miguel mikhail mila milan mohamed mohammad mohammed monica monika mustafa nadia nadine nancy naomi
  natalia natalie natasha nathan neil nicholas nick nicola nicolas nicole nikolai nina noah nora norbert norma norman olaf
  oleg olga oliver olivia omar oscar oskar otto owen pablo pamela paola patricia patrick paul paula pauline pedro peggy penelope
  peter petra philip philipp phillip pierre pietro priya rachel rafael rainer raj rajesh ralf ralph ramon raquel raul raymond
  rebecca regina renate rene ricardo richard rita rob robert roberta roberto robin rodrigo roger roland rolf roman ron ronald
  rosa rose roy ruben ruby rudolf rupert russell ruth ryan sabine sabrina sally sam samantha samuel sandra sara sarah scott
  sean sebastian sergei sergio sharon sheila shirley sigrid silke silvia simon simone sofia sonia sonja sophia sophie stefan
  stefanie stephan stephanie stephen steve steven stuart sue susan susanne suzanne svetlana sven sylvia tamara tanja tanya
  tara tatiana ted teresa terry thea theo theodore theresa thomas tim timothy tina tobias todd tom tony tracy tyler udo ulrich
  ulrike ursula ute uwe valentina valerie vanessa vera veronica victor victoria viktor vincent violet virginia vladimir
  walter wanda wayne wei wendy werner wilhelm william wolfgang xavier yasmin yuki yuri yusuf yvonne zachary zoe 
  aiden aisling akira alejandra aleksandra amir andrzej anders angelina annika arash asha ayesha basak bilal bogdan carlota
  catalina cem chiamaka chidi chinedu ciara conor deepak devi dmitry elif emre eoin ewa fatma femi giorgio gonzalo graham
  grzegorz gulsen hamza haruto hyun imran indira ines inigo isla jaime jin jing joao jun kamal karim katarzyna kwame lakshmi
  leila magnus malgorzata marek marta michal ming mira mohan murat nikhil nils noor obinna olu omer pavel piotr pooja priyanka
  rahul rania rashid ravi rohan sakura salma samir sandeep sanjay santiago saoirse selim seo shreya siobhan sina sunil sunita
  tariq tomasz vijay vikram wojciech yan yang yara ying yosef yuan zainab zeynep`.split(/\s+/),
);
