-- Links to chapters and to the web.

local run = ...
local data, is_html, in_quarto = run.data, run.is_html, run.in_quarto
local fail, this_file, words = run.fail, run.this_file, run.words

local function chapter_of_file(name)
  return data.chapters[name:gsub("%.qmd$", ""):gsub("^.*/", "")]
end

--- Links to chapters: Quarto knows its own in HTML, but not in one document made of all chapters.
--- Of other addresses only those of the web and of mail stay links: data may hold one that runs in a browser.
local function link(element)
  local scheme = element.target:gsub("[%c%s]", ""):match("^([^/#?]-):")
  if scheme and not ({ http = true, https = true, mailto = true })[scheme:lower()] then
    return element.content
  end
  local file, anchor = element.target:match("^([%w_./-]+%.qmd)(#?.*)$")
  if not file or (in_quarto and is_html) then
    return nil
  end
  local chapter = chapter_of_file(file)
  if not chapter then
    fail(this_file() .. ": no chapter " .. file)
  end
  if is_html then
    element.target = file:gsub("%.qmd$", ".html") .. anchor
  else
    element.target = anchor ~= "" and anchor or ("#" .. chapter.id)
  end
  return element
end

local function cite(element)
  if in_quarto then
    return nil
  end
  local id = element.citations[1].id
  for stem, chapter in pairs(data.chapters) do
    if chapter.id == id then
      local target = is_html and (stem .. ".html") or ("#" .. id)
      return pandoc.Link(words(chapter.number ~= "" and ("Chapter " .. chapter.number) or chapter.title), target)
    end
  end
  if id:match("^sec%-") then
    fail(this_file() .. ": no chapter @" .. id)
  end
  return nil
end

return { link = link, cite = cite }
