# frozen_string_literal: true

# 会議室の予約台帳。時刻はすべて分(0時からの分数)で持つ。
module Yoyaku
  # 同じ部屋で時間帯がぶつかったとき。
  class KasanariError < StandardError; end

  KAITEN = 9 * 60
  HEITEN = 21 * 60

  Waku = Struct.new(:部屋, :開始, :終了, :名前, keyword_init: true)

  # 予約の一覧を持ち、重なりを許さない。
  class Daicho
    def initialize
      @枠一覧 = []
    end

    # 新しい枠を入れる。営業時間の外と重なりは受け付けない。
    def 申し込む(枠)
      raise ArgumentError, "営業時間外です: #{時刻表示(枠.開始)}〜#{時刻表示(枠.終了)}" unless 営業時間内?(枠)

      相手 = @枠一覧.find { |他| 重なる?(他, 枠) }
      raise KasanariError, "#{枠.部屋}は#{相手.名前}様の予約と重なっています" if 相手

      @枠一覧 << 枠
    end

    # 前の利用との間に掃除の十分間を足して比べる。
    def 重なる?(甲, 乙)
      甲.部屋 == 乙.部屋 && 甲.開始 < 乙.終了 + 10 && 乙.開始 < 甲.終了 + 10
    end

    def 営業時間内?(枠)
      枠.開始 >= KAITEN && 枠.終了 <= HEITEN && 枠.開始 < 枠.終了
    end

    # 指定の長さが入る、いちばん早いすき間の開始時刻を返す。なければ nil。
    def 空きを探す(部屋, 長さ)
      候補 = KAITEN
      @枠一覧.select { |枠| 枠.部屋 == 部屋 }.sort_by(&:開始).each do |枠|
        return 候補 if 枠.開始 - 候補 >= 長さ + 10

        候補 = [候補, 枠.終了 + 10].max
      end
      HEITEN - 候補 >= 長さ ? 候補 : nil
    end

    # 取り消し料。当日は全額、前日は半額、それより前は無料。
    def 取消料(料金, 残り日数)
      case 残り日数
      when 0 then 料金
      when 1 then 料金 / 2
      else 0
      end
    end

    # 来なかった人の枠をまとめて外し、外した件数を返す。
    def 無断欠席を消す(現在)
      前 = @枠一覧.size
      @枠一覧.reject! { |枠| 枠.開始 + 15 < 現在 && !枠.名前.end_with?('(受付済)') }
      前 - @枠一覧.size
    end

    def 時刻表示(分)
      format('%02d:%02d', 分 / 60, 分 % 60)
    end
  end
end
