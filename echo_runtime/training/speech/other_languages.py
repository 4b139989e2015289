"""A few dozen sentences of our own in Italian, Czech, Finnish and Catalan, for festival's voices of those languages."""

from __future__ import annotations

_ITALIAN = """
Mamma, vuoi bere un bicchiere di acqua fresca?
Il pane e il vino sono sopra il tavolo.
Buongiorno, benvenuti nella mia bottega.
Dove abita il padre di Roberto?
La volpe corre veloce vicino al fiume.
Non ho mai visto una barca tanto bella.
Abbiamo bisogno di uova, burro e formaggio.
Per favore, apri la porta e chiudi la finestra.
Quanto costa la lampada di bronzo?
Il bambino gioca con la palla blu nel parco.
Ieri sera pioveva forte sulla montagna.
Ma come, non ti ricordi il mio nome?
Vieni qui subito, ho bisogno di aiuto!
La nonna prepara una zuppa di fagioli.
Oh, che bel vestito verde!
Il lupo aspetta dietro la vecchia torre.
Domani partiamo prima di mezzogiorno.
Quattro uomini portano un pesante pianoforte.
Piove ancora, prendi un ombrello.
Mi piace molto la voce di Beatrice.
Il fabbro batte il ferro fino a sera.
Pippo beve, Beppe balla, mamma ride.
Febbraio fu freddo, ma breve.
Ovunque vada, porto sempre una mappa.
""".strip().splitlines()
_CZECH = """
Maminka koupila bílý chléb a mléko.
Dobrý den, jak se dnes máte?
Babička vaří polévku pro celou rodinu.
Pojď sem, potřebuju pomoc!
Můj bratr bydlí blízko mostu.
Kde je ta modrá lampa?
Včera večer padal sníh na hory.
Prosím vás, otevřete okno v kuchyni.
Vlk běhal kolem vesnice celou noc.
Máma má mísu, táta má papír.
Zítra pojedeme vlakem do Prahy.
Nikdy jsem neviděl tak velkou rybu.
Opravdu? To je výborná zpráva!
Pavel a Eva pijí kávu ve čtyři hodiny.
Koupím banány, brambory a kapra.
Na obloze svítí hvězdy a měsíc.
Proč mi neodpovíš na moji otázku?
Fialový autobus přijel pozdě.
Bubeník bubnuje na bílý buben.
Poslouchej, někdo klepe na dveře.
Vojáci pochodují přes pole k moři.
Ovoce a víno dovezou odpoledne.
Bojím se, že to není pravda.
Umíš plavat, nebo potřebuješ loďku?
""".strip().splitlines()
_FINNISH = """
Isoisä osti punaisen pallon kaupasta.
Huomenta, mitä sinulle kuuluu tänään?
Voimme mennä uimaan lampeen illalla.
Missä minun vanha kampani on?
Poika luki kirjaa puun alla.
Mummo paistoi pullaa ja keitti kahvia.
Ole hyvä ja avaa ovi heti!
Vene lipui hiljaa pimeän saaren ohi.
Pappi puhuu paljon, mutta puoliso vaikenee.
Lumi peitti metsän ja pellon yöllä.
Kuinka paljon omena maksaa?
Tule tänne, tarvitsen apua.
Minä rakastan tuota vihreää lamppua.
Huomenna matkustamme bussilla Ouluun.
Susi ulvoi vuorella koko yön.
Onpa tämä kaunis huone!
Mamma ompelee puvun, pappa maalaa oven.
Kuu nousi mustan meren ylle.
Voi ei, unohdin avaimen kotiin.
Kuusi pientä hiirtä juoksi yli lattian.
Vauva nukkuu pehmeän peiton alla.
Pommi ei ole lelu, poika.
Ehkä huomenna, ehkä ei milloinkaan.
Palomies pumppaa vettä joesta.
""".strip().splitlines()
_CATALAN = """
Bon dia, mare, vols una poma vermella?
El pa i el vi estan a sobre de la taula.
On viu el pare de la Roberta?
La meva tia prepara una bona sopa.
Vine aqui de pressa, necessito ajuda!
Ahir va ploure molt a la muntanya.
No he vist mai un vaixell tan bonic.
Si us plau, obre la porta i tanca la finestra.
Quant val aquest barret blau?
El llop camina pel bosc fosc.
Dema marxem abans de migdia.
Que bonica que es aquesta casa!
El nen juga amb la pilota al parc.
Quatre homes porten un piano pesant.
Em sembla que no ho vull saber.
La Beatriu parla amb una veu molt fina.
Hem comprat formatge, fruita i ous.
Per que no em mires quan et parlo?
La lluna surt sobre el mar tranquil.
El ferrer pica el ferro fins al vespre.
Potser si, potser no, qui ho sap.
La barca blava baixa pel riu.
Fa fred, posa't un abric.
Em sap greu, he perdut el mapa.
""".strip().splitlines()

OTHER_LANGUAGE_SENTENCES: dict[str, tuple[str, ...]] = {
    "it": tuple(_ITALIAN),
    "cs": tuple(_CZECH),
    "fi": tuple(_FINNISH),
    "ca": tuple(_CATALAN),
}
"""Texts per language code of FestivalVoice."""
