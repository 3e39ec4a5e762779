/** 予約の確認メールと催促。宛名と文面の整形だけを行い、送信は呼び出し側に任せる。 */

export interface 宛先 {
  名前: string;
  メール: string;
  敬称?: "様" | "御中";
}

export class 送信失敗 extends Error {
  constructor(
    readonly 相手: 宛先,
    readonly 回数: number,
  ) {
    super(`${相手.メール} への送信に${回数}回失敗しました`);
  }
}

/** 半角の英数字とカタカナ以外の記号を全角にそろえる。 */
export function 全角にする(文: string): string {
  return 文
    .replace(/[!-~]/g, (字) => String.fromCharCode(字.charCodeAt(0) + 0xfee0))
    .replace(/ /g, "\u3000");
}

/** ひらがなをカタカナへ。ふりがな欄の入力をそろえるのに使う。 */
export function カタカナへ(文: string): string {
  return 文.replace(/[ぁ-ゖ]/g, (字) => String.fromCharCode(字.charCodeAt(0) + 0x60));
}

/** 西暦の年を令和・平成・昭和の元号で表す。元年は「元」と書く。 */
export function 和暦(年: number): string {
  const 元号: [string, number][] = [
    ["令和", 2019],
    ["平成", 1989],
    ["昭和", 1926],
  ];
  for (const [名, 初年] of 元号) {
    if (年 >= 初年) {
      const 何年 = 年 - 初年 + 1;
      return `${名}${何年 === 1 ? "元" : 何年}年`;
    }
  }
  throw new RangeError(`${年}年より前の元号には対応していません`);
}

/** 失敗のたびに倍にして待つ。上限は一時間。 */
export function 再送までの秒数(回数: number): number {
  return Math.min(3600, 30 * 2 ** 回数);
}

/** 敬称がなければ会社名らしいかどうかで「御中」か「様」を選ぶ。 */
export function 宛名(相手: 宛先): string {
  const 会社 = /(株式会社|有限会社|合同会社|大学|役所)/.test(相手.名前);
  return `${相手.名前} ${相手.敬称 ?? (会社 ? "御中" : "様")}`;
}

export function 確認文(相手: 宛先, 部屋: string, 開始: Date): string {
  if (!相手.メール.includes("@")) {
    throw new TypeError(`メールアドレスの形式が正しくありません: ${相手.メール}`);
  }
  return [宛名(相手), "", `${部屋}を${開始.toLocaleString("ja-JP")}より承りました。`, "ご来場をお待ちしております。"].join("\n");
}
