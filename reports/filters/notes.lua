-- What a chapter ends with: releases newer than its figures, and the warnings of numbers, whose letter is beside them.

local run = ...
local is_html, attr, words = run.is_html, run.attr, run.words

local notes = { key = "page", list = {}, letters = {}, here = {} }

local function letter(place)
  local name = string.char(97 + (place - 1) % 26)
  return place > 26 and (letter((place - 1) // 26) .. name) or name
end

local function note_id(mark)
  return "note-" .. notes.key .. "-" .. mark
end

--- The letters of a number's warnings that the present paragraph does not show yet.
local function marks(warnings)
  local found = {}
  for _, text in ipairs(warnings or {}) do
    if not notes.letters[text] then
      notes.list[#notes.list + 1] = text
      notes.letters[text] = letter(#notes.list)
    end
    local mark = notes.letters[text]
    if not notes.here[mark] then
      notes.here[mark] = true
      found[#found + 1] = mark
    end
  end
  return found
end

--- What is published and newer than the figures of the chapter that ends here.
local function newer_releases()
  local blocks = {}
  for _, chapter in pairs(run.data.chapters) do
    if chapter.newer and chapter.id == "sec-" .. notes.key then
      blocks[1] = pandoc.Para({ pandoc.Strong(words("Published since, and not in this edition")) })
      for _, text in ipairs(chapter.newer) do
        blocks[#blocks + 1] = pandoc.Para(words(text))
      end
    end
  end
  return #blocks > 0 and { pandoc.Div(blocks, attr("", { "newer-releases" })) } or {}
end

--- The chapter's notes, and a fresh start for the next one.
local function flush_notes(next_key)
  local blocks = {}
  local newer = newer_releases()
  if #notes.list > 0 then
    blocks[1] = pandoc.Para({ pandoc.Strong(words("Notes on the figures of this chapter")) })
    for place, text in ipairs(notes.list) do
      local mark = letter(place)
      blocks[#blocks + 1] = pandoc.Div(
        pandoc.Para({ pandoc.Str("[" .. mark .. "]"), pandoc.Space(), pandoc.Str(text) }),
        attr(note_id(mark), { "figure-warning" })
      )
    end
    blocks = { pandoc.Div(blocks, attr("", { "figure-warnings" }, is_html and { { "role", "note" } } or {})) }
  end
  blocks = pandoc.Blocks(newer) .. pandoc.Blocks(blocks)
  notes = { key = next_key or "page", list = {}, letters = {}, here = {} }
  return blocks
end

--- Let a new paragraph or block show its letters again.
local function begin_block()
  notes.here = {}
end

return { marks = marks, note_id = note_id, flush = flush_notes, begin_block = begin_block }
