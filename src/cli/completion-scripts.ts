/** The shell asks the program itself at each tab, so that the scripts know neither commands nor names. */
const ASK = "lvskeeper complete --";

/** bash splits words at colons too, which addresses with ports and IPv6 addresses have: the line is split at blanks here,
 *  and what bash takes for words of their own is cut from the answers. */
const bash = `# lvskeeper: completion for bash. In ~/.bashrc: source <(lvskeeper completion bash)
_lvskeeper() {
  local line=\${COMP_LINE:0:COMP_POINT} words word about cut
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  COMPREPLY=()
  cut=\${words[-1]%"\${words[-1]##*[:=]}"}
  while IFS=$'\\t' read -r word about; do
    if [[ $word == :files ]]; then compopt -o default; else COMPREPLY+=("\${word#"$cut"}"); fi
  done < <(${ASK} "\${words[@]:1}" 2>/dev/null)
}
complete -F _lvskeeper lvskeeper
`;

const zsh = `#compdef lvskeeper
# lvskeeper: completion for zsh. As _lvskeeper in a folder of $fpath, or in ~/.zshrc: source <(lvskeeper completion zsh)
_lvskeeper() {
  local line word about
  local -a found
  for line in \${(f)"$(${ASK} "\${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
    word=\${line%%$'\\t'*}
    about=\${line#*$'\\t'}
    if [[ $word == :files ]]; then _files; else found+=("\${word//:/\\\\:}\${about:+:$about}"); fi
  done
  if (( $#found )); then _describe 'lvskeeper' found; fi
}
if [[ $funcstack[1] == _lvskeeper ]]; then _lvskeeper "$@"; else compdef _lvskeeper lvskeeper; fi
`;

const fish = `# lvskeeper: completion for fish. As ~/.config/fish/completions/lvskeeper.fish
function __lvskeeper_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    for line in (${ASK} $words[2..-1] "$token" 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path $token
        else
            echo $line
        end
    end
end
complete -c lvskeeper -f -a '(__lvskeeper_complete)'
`;

export const completionScripts: Readonly<Record<string, string>> = { bash, zsh, fish };
