"""Ordinary words of five languages, of which none is taken for a workload."""

import pytest

from shared.suggestion.mentions.naming import mentions

ENGLISH = """
about above across after again against almost alone along already although always among amount ancient animal
another answer anything appear apple area argue around arrive article artist attack avoid balance banana basic battle
beautiful because become before begin behind believe below benefit better between beyond billion birthday black board
bottle bottom brain branch bread break bridge bright bring brother budget build building business butter button camera
campaign candle capital captain carbon career careful carry casual catch cause celebrate center central century certain
chair challenge chance change chapter character charge cheap check cheese chicken child choice choose church circle
citizen city claim class clean clear climate clock close clothes cloud coach coast coffee collect college combat combine
comfort command comment commerce common company compare complete concern conclude condition conference confirm connect
consider consist consult contain content contest continue contract control cookie copper correct cost cotton council
counter country couple courage course cover create credit crime crisis critic culture curious current custom customer
damage dance danger daughter death debate decade decide declare decline defend degree deliver demand democracy depend
describe desert design desk detail develop device dinner direct dirty discard discover discuss disease display distance
divide doctor document dollar domain door double doubt dragon drama dream dress drink drive during eager early earth
easily east economy edge editor education effect effort eight either election electric element eleven else emotion
employ empty enable energy engine enjoy enough enter entire entry equal error escape essay estate evening event every
evidence exact example excellent except exchange excite exercise exist expand expect expensive experience expert explain
explore express extend extra extreme fabric factor factory fail faith false family famous fancy farm fashion father
fault favor feature federal fellow female festival field figure filter final finance finger finish fire first flash
flavor flight float floor flower focus follow foreign forest forget formal former fortune forward foundation frame
freedom friend front fruit function future garden gather general gentle ghost giant glass global golden grammar grand
grass green grocery ground group guard guess guide guitar habit happen harbor hardly harvest health heart heavy height
history holiday honest horse hospital hotel house human hundred hunger hunter husband image imagine impact import
improve include income increase indeed indicate industry inside insist instance instead intend interest invest island
jacket journey judge junior jungle justice kitchen knowledge ladder language large laugh launch lawyer leader league
learn leather leave legal lemon lesson letter level library license light likely limit listen little living local
locker logic lonely lunch magazine magenta maintain major manage manner margin market master matter meadow measure
medical meeting member memory mention message method middle minute mirror mission mistake mixture model modern moment
money monitor monster month moral morning mother motion mountain movement museum music mystery narrow nation native
nature nearly needle negative neither network never normal north nothing notice novel number object observe obtain
obvious occur ocean offer office often onion opinion option orange order ordinary origin outside owner package painting
panel paper parent particular partner party passage patient pattern peace pencil people perfect perform perhaps period
person phrase picture piece pilot planet plastic plate player pleasure pocket poetry police policy popular position
postman potato power practice predict prefer prepare present press pretty prevent price pride primary prince print
prison private probably problem process produce product profit program progress project promise proper protect proud
provide public pupil purpose puzzle quality quarter queen question quickly quiet rabbit radio random rapid rather
reader reality reason receive recipe recommend record reduce reflect regard region regret regular reject relate release
remain remark remember remind repair repeat replace report request require rescue research respect respond restart
result return reveal review reward rhythm river rocket rough round royal rubber sample satisfy scale scene schedule
school science season second secret section select senior sense sentence separate serious service seven several shadow
shape share sharp shelter shift shine shoulder signal silence silver similar simple single sister skill sleep smart
smooth social society soldier solution someone source south space special speech spirit sport spread square stable
staff stage stairs standard station status steady stick still storage store storm story strange stranger stream street
strength stress string strong structure student studio subject succeed sudden suffer sugar suggest summer supply
support surface surprise survey symbol system table talent target teacher technical temple tennis terrace theory
thousand thread throat ticket timber tobacco tomato tomorrow tongue tonight total touch toward tower track trade
traffic train transfer travel treasure treat trial tribe trouble truth tunnel turtle twelve twenty typical unable under
union unique unit unless until upper urban usual valley value variety various vehicle version vessel victory village
violence virtue visible vision visitor visual vital voice volume voyage wander warning waste water weapon weather
wedding weekend weight welcome western whatever wheel whether while whisper white whole window winter wisdom within
wonder wooden worker world worry worth writer yellow yesterday young"""
SPANISH = """abajo abierto abogado abrir abuelo aceite activo además adelante agosto agua alegre alguien almuerzo alumno
amarillo ambiente amigo antes anterior apenas aprender árbol arena arriba arroz asunto atención aunque ayer ayuda azul
bajo balcón barato barrio bastante beber blanco boca bonito botella brazo bueno buscar caballo cabeza cada calle calor
cama cambiar camino campo canción cansado cara carne carta casa castillo causa cerca cerrado cielo ciento cinco ciudad
claro clase cliente cocina coche color comer comida compañero comprar conmigo conocer contar contento contra corazón
correo correr cosa costumbre creer cuadro cuando cuarto cuatro cuenta cuerpo cuidado cumpleaños deber decir dejar
delante demasiado dentro derecha desayuno desde después detrás diciembre diente diferente difícil dinero directo
domingo dormir dulce durante edificio ejemplo empezar empresa encontrar enero enfermo entender entonces entrada entre
enviar escribir escuela espalda esperar esposa estar este estrella estudiar expreso fácil falta familia febrero fecha
feliz fiesta final flor fondo forma frío frente fruta fuego fuera fuerte ganar gato gente gracias grande gratis gris
guerra gustar hablar hacer hambre hasta hermano hijo historia hombre hora hoy huevo idioma iglesia igual importante
invierno izquierda jardín joven juego jueves jugar junio junto lado lápiz largo lavar leche leer lejos lengua lento
letra libro limpio llamar llave llegar lleno llover lluvia luego lugar lunes madre maestro malo mañana mano mapa
marido martes matriz mayor médico medio mejor menos mercado mesa mientras miércoles minuto mirar mismo montaña morir
mosquitos mucho mueble mujer mundo museo música nada nadie naranja nariz negro nieve ninguno niño noche nombre noticia
nube nuestro nuevo número nunca ojo olvidar oreja otoño padre pagar país pájaro palabra panel papel pared parque parte
pasado paseo patio pedir película pelo pensar pequeño perder perro persona pescado piedra pierna piso playa pobre poder
pollo precio pregunta presto primavera primero probar pronto proceso próximo pueblo puente puerta puesto querer queso
quizá rápido razón recordar registro reloj rico rojo ropa rosa ruido sábado saber sacar salida salir sangre satisfecho
seguir segundo seguro semana sentir siempre siglo silla simple sobre sol soñar suelo sueño suerte tarde taza teatro
techo tiempo tienda tierra tocar todavía tomar trabajo traer tren triste último único usar vacío valor vecino vender
ventana verano verdad verde vestido viaje vida viejo viento viernes vino visita vivir volver zapato"""
FRENCH = """abord accord acheter actuel ailleurs aimer ainsi ajouter aller alors ami amour ancien animal année appeler
apporter après arbre argent arriver assez assiette atteindre attendre aucun aujourd aussi autant auteur autour autre
avant avenir avoir bateau beau beaucoup besoin blanc blesser bleu boire bois bonheur bouche bout bras bruit bureau
cacher cause centre cependant certain chacun chaise chaleur chambre champ chance changer chanson chant chaque charger
chat chaud chef chemin cher chercher cheval cheveu chien chose ciel cinq classe coin commander comme commencer comment
concours condition conduire connaître conserver construire contraire contre corps cou coucher couleur coup courir
couvrir craindre créer cri croire dame danger danser debout début dedans dehors déjà demain demander demeurer dent
depuis dernier derrière descendre désir désormais devant devenir deviner devoir dieu difficile digne dire discours
distance docteur doigt donc donner dormir doucement douleur doute droit drôle durer échange écouter écrire effet effort
église élever embrasser emmener empêcher emporter encore enfance enfant enfin ennemi ensemble ensuite entendre entier
entrer envie environ envoyer épaule espèce espérer esprit essayer état étage éteindre étoile étrange étranger étude
éviter examiner exemple expliquer exprimer façon faible faim faire famille fatigue faute fauteuil femme fenêtre fermer
fête feuille figure fille fils finir fleur fois fond force forêt former fort foule frapper frère froid front fruit
garder gauche genou genre gens geste glace glisser goût grand grave gris gros groupe guerre habiter habitude haut herbe
heure heureux hier histoire hiver homme honneur honte hôtel huit humain idée ignorer image imaginer immense inconnu
instant intérêt inviter jamais jambe jardin jaune jeter jeune joie joli jouer jour journal journée juger jusque juste
laisser lampe langue large larme léger lendemain lentement lettre lever lèvre liberté libre lien lieu ligne lire livre
loin long longtemps lorsque lourd lumière madame main maintenant maison maître malade malgré malheur manger manière
manquer marche marcher mari matin mauvais meilleur mêler même mener mentir mer merci mère mesure mettre midi mieux
milieu minute misère moindre moins mois moment monde monter montrer morceau mort moteur mourir mouvement moyen muet
musique mystère naître nature nombre nommer nouveau nuage nuit objet obtenir occuper odeur oiseau ombre oncle opposer
ordre oreille oublier ouvrir paix papier paraître pareil parent parfois parler parole partager partir passer patron
pauvre payer pays peau peine pendant penser perdre père permettre personne petit peuple peur phrase pièce pied pierre
place plaindre plaisir plein pleurer plier pluie plusieurs poche poète point porte porter poser position posséder
postures pourquoi pourtant pousser pouvoir premier prendre préparer présent presque presser prêt prier prison prochain
produire profond projet promener promettre prononcer propos puis quelque question quitter raconter raison ramener
rapide rappeler recevoir recommencer reconnaître refuser regard région registre rejeter remarquer remettre remonter
rencontrer rendre rentrer répéter répondre reprendre ressembler rester retenir retour réussir réveiller rêve revenir
riche rien rire rivière robe rouge rouler route rue sable saint saisir salle salut sang santé sauter sauver savoir
scène second secret séjour semaine sembler sens sentir sept sérieux serrer service seul siècle siège signe silence
simple sœur soir soirée soldat soleil solitude sombre sommeil songer sorte sortir soudain souffler souffrir souhaiter
soulever sourire souvenir souvent suffire suite suivre sujet surprendre surtout taire tandis tant tard temps tendre
tenir tenter terme terrain terre tête tirer tomber toucher toujours tourner tranquille travail traverser trembler
trente triste trois tromper trouver tuer type ultime unique usage vague vaincre valeur veille vendre venir vent ventre
vers verser vert victime vide vieillard vieux village ville violence visage vivre voici voile voisin voiture voix voler
volonté vouloir voyage vrai"""
GERMAN = """Abend aber Abschied acht ähnlich aktiv allein alle also alter Ampel anders Anfang Angst Antwort Apfel Arbeit
arm Arzt auch Auge August Ausgang außen automatisch Bahn bald Baum bauen bedeuten beginnen Beispiel bekannt bekommen
Berg Beruf besonders besser Bett bezahlen Bild billig bitte Blatt blau bleiben Blick Blume Boden Brief bringen Brot
Bruder Buch bunt Dach damals danach Dank dann darum dauern Decke denken deshalb deutlich dicht dick dicker direkt Dorf
dort draußen drei dunkel durch dürfen Durst eben Ecke ehrlich eigen einfach Eingang einige einmal Eltern Ende endlich
eng entdecken entfernt Erde Erfolg erinnern erklären erst erwarten erzählen essen etwas Fabrik fahren Fahrrad fallen
falsch Familie Farbe fast fehlen Fehler Feld Fenster Ferien fertig fest Feuer finden Finger Fisch Flasche Fleisch
fleißig fliegen Flughafen Fluss folgen Form Frage Frau frei fremd Freude Freund Frieden frisch froh früh fühlen führen
fünf Fuß Garten Gast geben Gebiet geboren Gedanke Gefahr gefallen Gefühl gegen geheim gehen gehören gelb Geld gelang
gemeinsam Gemüse genau genug Geräusch gerade gern Geschäft Geschenk Geschichte Gesicht gestern gesund gewinnen Gewitter
Glas glauben gleich Glück Gold Gott Gras groß Grund grün Gruppe gut Haar haben halb Hals halten Hand hart Haus Haut
heben heiß heißen helfen hell Hemd Herbst Herr Herz heute Hilfe Himmel hinter Hitze hoch hoffen holen Holz hören Hose
Hund Hunger Hut immer innen Insel jagen Jahr jeder jemand jetzt jung Junge Käse kalt kaufen kennen Kind Kirche klar
Klasse Kleid klein klug kochen kommen König können Kopf Körper kosten Kraft krank Kreis Krieg Küche Kuh Kunst kurz
lachen Land lang langsam lassen laufen laut leben leer legen lehren leicht leise lernen lesen letzte Leute Licht lieben
Lied liegen links Loch Luft lustig machen Mädchen Mann Markt Maus Meer mehr Mensch merken Messer Milch Minute Mitte
möglich Monat Mond Morgen müde Mund Musik müssen Mutter Nacht nah Name Nase nass Natur Nebel nehmen nennen neu neun
nicht nichts nie niemand noch Norden nötig nur oben Obst offen oft ohne Ohr Onkel Ort Osten Papier Park Pferd Pflanze
plausibel plötzlich Polizei Preis Problem Punkt rasch Rad Raum rechnen recht reden Regen reich reif Reise rennen retten
richtig riechen Ring rollen rot Rücken rufen ruhig rund Sache sagen Salz Sand satt Satz schaffen Schatten schauen
scheinen schenken Schiff schlafen schlagen schlecht schließen Schluss schmal schmecken Schnee schneiden schnell schon
schön schreiben schreien Schuh Schule schwach schwarz schweigen schwer Schwester schwimmen sechs See sehen sehr Seite
selbst selten setzen sicher sieben singen sitzen Sohn Sommer Sonne Sorge spät spielen Sprache sprechen springen Staat
Stadt stark stehen steigen Stein Stelle sterben Stern still Stimme Stoff stolz Straße Strom Stück Stuhl Stunde suchen
Süden süß Tag Tal Tasche Tasse tausend Teil Teller teuer tief Tier Tisch Tochter Tod tragen Traum traurig treffen
Treppe treu trinken trocken Tuch tun Tür über üben Uhr und unten unter Vater verboten vergessen verkaufen verlieren
verschieden verstehen versuchen viel vielleicht vier Vogel Volk voll vorn vorsichtig wachsen Wagen wahr Wald Wand warm
warten warum waschen Wasser Weg weich weil Wein weinen weiß weit Welt wenig werden werfen Westen Wetter wichtig wieder
Wiese Wind Winter wirklich wissen Woche wohnen Wolke wollen Wort wünschen Zahl Zahn zehn zeigen Zeit Zeitung Zimmer
zuerst Zug zurück zusammen zwei zwischen"""
PORTUGUESE = """
abrir acabar aceitar achar acima acontecer acordo adeus agora água ajudar alegria alguém algum alma almoço
alto aluno amanhã amarelo amigo amor andar ano antes aparecer apenas aprender aqui areia arroz árvore assim assunto até
atrás avenida avó azul bairro baixo banco banho barato barco bastante beber beijo belo boca bola bom bonito branco
braço cabeça cabelo cada café cair calor cama caminho camisa campo canoas cansado cantar cara carne carro carta casa
cedo cem certo céu chamar chave chegar cheio chover chuva cidade cinco claro coisa colher começar comer comida comprar
conhecer conseguir contar contra copo cor coração corpo correr cozinha criança cuidado curto dança dar decidir dedo
deixar dentro depois descer desde devagar dever dia diferente difícil dinheiro direito dizer doce doente dois domingo
dor dormir durante edifício ensinar então entender entrada entrar entre errado escola escolher escrever escuro esperar
esposa esquerda estar estrada estranho estrela estudar exemplo fácil falar faltar família fazer fechar feio feliz festa
ficar filha filho fim flor fogo folha fome fora força forte frente frio fruta fugir ganhar garfo gato gente gostar
grande grátis guerra história hoje homem hora hotel igreja igual ilha inteiro inverno irmã irmão janela jantar jardim
jogar jornal jovem juntos lado lápis largo lavar leite lembrar lento ler leve levar limpo língua livre livro logo longe
loja lua lugar luz maçã mãe maior mais mal mandar manhã mão mapa mar marido mas mau médico medo meio melhor menino
menos mês mesa mesmo mestre metade meu mil minuto moça molhado montanha morar morrer mostrar mudar muito mulher mundo
museu música nada não nariz nascer navios neve ninguém noite nome norte nosso notícia nova novo número nunca nuvem ódio
olhar olho onde ontem orelha outono outro ouvir pagar pai país palavra pão papel parar parede parque parte partir
passado passar pássaro paz pé pedir pedra pegar peixe pensar pequeno perder perguntar perna perto pessoa pintar pobre
poder ponte porque porta postais pouco praça praia precisar preço preto primavera primeiro procurar pronto próximo
quadro quando quarto quase quatro queijo quente querer rádio rapaz rápido receber rei relógio responder rico rio rir
roupa rosa rosto rua ruim sábado saber sair sal saltar sangue sapato saúde seco sede segundo seguro semana sempre
senhor sentar sentir ser sete sim simples sobre sol sono sonho sorrir sorte subir sul sujo tarde teatro tempo ter terra
teto tio tirar tocar todo tomar trabalho trazer triste último usar vazio velho vender vento verão verdade verde vermelho
vestido vez viagem vida vinho vir visita viver voar voltar voz zero"""


@pytest.mark.parametrize("words", [ENGLISH, SPANISH, FRENCH, GERMAN, PORTUGUESE], ids=["en", "es", "fr", "de", "pt"])
def test_ordinary_words_are_no_workloads(words):
    listed = words.split()
    assert len(listed) > 280
    taken = {word: [m.workload for m in mentions(f"today we {word} it here") if not m.general] for word in listed}
    assert {word: ids for word, ids in taken.items() if ids} == {}
