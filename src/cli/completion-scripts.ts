// What each shell needs to ask this program when the Tab key is pressed.
// Must not know what it is answered.

/**
 * The line is taken apart by white space: bash would end a word at an `@` and at a `=`. As bash 3.2 has it, which macOS
 * comes with.
 */
export const bashScript = `# classchat, for bash: eval "$(classchat completions bash)"
_classchat() {
  local line="\${COMP_LINE:0:COMP_POINT}" word="" hit
  local -a words
  read -ra words <<< "$line"
  if [[ "$line" != *[[:space:]] ]]; then
    word="\${words[\${#words[@]}-1]}"
    words=("\${words[@]:0:\${#words[@]}-1}")
  fi
  COMPREPLY=()
  while IFS= read -r hit; do
    COMPREPLY+=("$hit")
  done < <(classchat completions bash --for="$word" -- "\${words[@]:1}" 2>/dev/null </dev/null)
}
complete -o default -F _classchat classchat
`;

export const zshScript = `#compdef classchat
# classchat, for zsh: source <(classchat completions zsh), after compinit
_classchat() {
  local -a found
  found=("\${(@f)$(classchat completions zsh --for="\${words[CURRENT]}" -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null </dev/null)}")
  if [[ -n "\${found[1]}" ]]; then
    compadd -- "\${found[@]}"
  else
    _files
  fi
}
compdef _classchat classchat
`;

export const fishScript = `# classchat, for fish: classchat completions fish | source
function __classchat_complete
    set -l before (commandline -opc)
    classchat completions fish --for=(commandline -ct) -- $before[2..] 2>/dev/null </dev/null
end
complete -c classchat -f -n 'count (__classchat_complete) >/dev/null' -a '(__classchat_complete)'
`;

/** An \`@\` that is not quoted means something else to PowerShell. */
export const powershellScript = `# classchat, for PowerShell: classchat completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName classchat -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString().Trim("'") })
  $typed = $word.Trim("'")
  if ($typed -ne '' -and $words.Count -gt 0) { $words = @($words | Select-Object -SkipLast 1) }
  $null | classchat completions powershell "--for=$typed" -- @words 2>$null | ForEach-Object {
    $text = if ($_.StartsWith('@')) { "'$_'" } else { $_ }
    [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
  }
}
`;
